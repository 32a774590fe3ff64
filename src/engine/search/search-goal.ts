/** What a search is after, and what a candidate may cost at most. */
import { ParetoError } from '../errors';
import { formatQuoted } from '../format';
import type { ExecutionProvider } from '../metrics/cell';

export const searchObjectives = ['size', 'latency', 'accuracy'] as const;

/** `size`: the smallest file. `latency`: the fastest. `accuracy`: the smallest whose answers stay the same. */
export type SearchObjective = (typeof searchObjectives)[number];

export interface SearchLimits {
  /** The most that may be lost, as a share: of right answers (0.01 is one point), of the error of a regression, of answers without labels. */
  readonly accuracyLoss: number;
  /** The least SQNR of the outputs where nothing else tells how near they are. */
  readonly sqnrDb: number;
  readonly sizeBytes?: number;
  /** Of the median, on the provider that is timed. */
  readonly latencyMs?: number;
}

export interface SearchGoal {
  readonly objective: SearchObjective;
  readonly limits: SearchLimits;
  /** Time for everything. */
  readonly budgetMs: number;
  /** Ids of techniques to try; absent: all that suit the model. */
  readonly techniques?: readonly string[];
  /** Where candidates are timed; absent: on WASM, where all of them are judged. */
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
  limits: { accuracyLoss: 0.01, sqnrDb: 20 },
  budgetMs: 60_000,
  seed: 0,
};

/** The limits with another one on the size or the time; `undefined`: with none. */
export function withLimit(
  limits: SearchLimits,
  name: 'sizeBytes' | 'latencyMs',
  value: number | undefined,
): SearchLimits {
  const { [name]: _before, ...others } = limits;
  return value === undefined ? others : { ...others, [name]: value };
}

const limitNames = ['accuracyLoss', 'sqnrDb', 'sizeBytes', 'latencyMs'] as const satisfies (keyof SearchLimits)[];

/** Limits from `key=value` texts, beside the usual ones. Throws `options/limit` for a key that is none and a value that is no amount. */
export function parseLimits(assignments: readonly string[]): SearchLimits {
  const given = assignments.map((assignment) => {
    const [key = '', text = ''] = assignment.split(/=(.*)/s);
    const name = limitNames.find((known) => known === key);
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
        `The limit ${name} takes a number that is not negative, not ${formatQuoted(text)}.`,
      );
    }
    return [name, value] as const;
  });
  return { ...usualGoal.limits, ...Object.fromEntries(given) };
}
