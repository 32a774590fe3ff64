/** The goal of a search, and its limits for candidates. */
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import type { ExecutionProvider } from '../metrics/cell';

export const searchObjectives = ['size', 'latency', 'accuracy'] as const;

/** `size`: the smallest file. `latency`: the fastest. `accuracy`: the smallest whose answers stay the same. */
export type SearchObjective = (typeof searchObjectives)[number];

export interface SearchLimits {
  /**
   * The largest loss, as a share: of right answers (0.01 is one point), of the error of a regression, or of equal
   * answers without labels.
   */
  readonly accuracyLoss: number;
  /** The least SQNR of the outputs, whatever their kind. Absent: 20 if no other figure shows how close they are. */
  readonly sqnrDb?: number;
  /** Embeddings: the largest 1 − mean cosine to those of the original. Absent: 0.002, unless another limit applies to their outputs. */
  readonly cosineLoss?: number;
  /** Embeddings: the largest share of samples whose nearest other sample changes. */
  readonly neighborLoss?: number;
  /** Masks: the largest 1 − mean intersection over union. */
  readonly overlapLoss?: number;
  /** Sequences: the largest share of steps whose largest element changes. */
  readonly stepLoss?: number;
  readonly sizeBytes?: number;
  /** The limit on the median, on the provider that is timed. */
  readonly latencyMs?: number;
}

export interface SearchGoal {
  readonly objective: SearchObjective;
  readonly limits: SearchLimits;
  /** Time for everything. */
  readonly budgetMs: number;
  /** Ids of techniques to try; absent: all that suit the model. */
  readonly techniques?: readonly string[];
  /** The provider that times candidates. Absent: WASM, which evaluates all of them. */
  readonly ep?: ExecutionProvider;
  /** Chooses the samples. */
  readonly seed: number;
}

/** The provider that a search times on. */
export function timedOn({ ep = 'wasm' }: Pick<SearchGoal, 'ep'>): ExecutionProvider {
  return ep;
}

export const usualGoal: SearchGoal = {
  objective: 'size',
  limits: { accuracyLoss: 0.01 },
  budgetMs: 60_000,
  seed: 0,
};

/** The usual limits by kind of output. */
export const usualOutputLimits = { sqnrDb: 20, cosineLoss: 0.002 } as const;

/** The limits with another one that may be absent; `undefined`: without it. */
export function withLimit(
  limits: SearchLimits,
  name: Exclude<keyof SearchLimits, 'accuracyLoss'>,
  value: number | undefined,
): SearchLimits {
  const { [name]: _before, ...others } = limits;
  return value === undefined ? others : { ...others, [name]: value };
}

export const limitNames = [
  'accuracyLoss',
  'cosineLoss',
  'neighborLoss',
  'overlapLoss',
  'stepLoss',
  'sqnrDb',
  'sizeBytes',
  'latencyMs',
] as const satisfies (keyof SearchLimits)[];
/** The other spelling. */
const spelledOtherwise = new Map<string, keyof SearchLimits>([['neighborLoss', 'neighborLoss']]);
/** A cosine may be −1. */
const largestLoss: Partial<Record<keyof SearchLimits, number>> = {
  accuracyLoss: 1,
  cosineLoss: 2,
  neighborLoss: 1,
  overlapLoss: 1,
  stepLoss: 1,
};

/** Limits from `key=value` texts, beside the usual ones. A number alone limits `accuracyLoss`. Throws `options/limit` for a key that is none and a value that is no amount. */
export function parseLimits(assignments: readonly string[]): SearchLimits {
  const given = assignments.map((assignment) => {
    const isBare = assignment !== '' && Number.isFinite(Number(assignment));
    const [key = '', text = ''] = isBare ? ['accuracyLoss', assignment] : assignment.split(/=(.*)/s);
    const name = spelledOtherwise.get(key) ?? limitNames.find((known) => known === key);
    const value = Number(text);
    if (name === undefined) {
      throw new ParetoError(
        'options/limit',
        `There is no limit ${formatQuoted(key)}. Limits: ${limitNames.join(', ')}.`,
      );
    }
    if (text.trim() === '' || !Number.isFinite(value) || value < 0) {
      throw new ParetoError(
        'options/limit',
        `The limit ${name} must be a number of 0 or more, not ${formatQuoted(text)}.`,
      );
    }
    const largest = largestLoss[name] ?? Infinity;
    if (value > largest) {
      throw new ParetoError('options/limit', `The limit ${name} must be a number from 0 to ${largest}, not “${text}”.`);
    }
    return [name, value] as const;
  });
  return { ...usualGoal.limits, ...Object.fromEntries(given) };
}
