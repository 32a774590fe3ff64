/**
 * Iterative pruning (Han et al. 2015; Zhu and Gupta 2017). A part is removed, the rest is trained to reproduce the
 * original's outputs, and the next part is removed. Held-out samples decide after each round whether its training is
 * kept.
 */
import { formatCount, formatPercent } from '../../../format';
import type { Model } from '../../../onnx/graph';
import type { Change, PassContext, PassOutcome, Refusal } from '../../pass';
import type { TableDetail } from '../../pass-details';
import { teacherOf } from '../../train/fit-teacher';
import { recover, type Recovery } from '../../train/recover';
import { lossCurve, describeMachine, type LossPoints } from '../../train/run-training';
import { usualTraining } from '../../train/training-options';
import { shareAfter, type RoundOptions } from './round-options';

export interface Round {
  /** Shares of the whole target that are removed after the round before, and after this one. */
  readonly before: number;
  readonly after: number;
  /** The share of all there was at first that earlier rounds took, as they measured it. */
  readonly removed: number;
}

export interface PrunedRound {
  readonly outcome: PassOutcome;
  /** The removed share of the original. */
  readonly removed: number;
  /** The words after the share: `weights are zero`. */
  readonly unit: string;
}

/** Prunes as far as a round says. */
export type PruneRound = (model: Model, round: Round, context: PassContext) => Promise<PrunedRound>;

interface RoundRecord {
  readonly pruned: PrunedRound;
  readonly recovery: Recovery;
}

const wholeRound: Round = { before: 0, after: 1, removed: 0 };

/**
 * Prunes and trains in turns. It only prunes if there is one round or nothing can be trained. In the second case it
 * prunes all at once, and reports why. Rejects as `prune` and `recover` do.
 */
export async function pruneInRounds(
  model: Model,
  options: RoundOptions,
  context: PassContext,
  prune: PruneRound,
): Promise<PassOutcome> {
  const { rounds } = options;
  if (rounds === 1) return (await prune(model, wholeRound, context)).outcome;
  const progress = new RoundProgress(context, rounds);
  const records: RoundRecord[] = [];
  for (let number = 1; number <= rounds; number++) {
    const earlier = records.at(-1);
    const from = earlier?.recovery.model ?? model;
    const round = {
      before: shareAfter(number - 1, options),
      after: shareAfter(number, options),
      removed: earlier?.pruned.removed ?? 0,
    };
    const pruned = await prune(from, round, progress.contextFor(2 * number - 2));
    const record = {
      pruned,
      recovery: await trainAfter(pruned, from, options, progress.contextFor(2 * number - 1)),
    };
    const isTrained = record.recovery.training !== undefined || pruned.outcome.model === from;
    if (!isTrained) {
      const atOnce = await prune(model, wholeRound, progress.contextFor(2 * number, 2 * rounds));
      progress.finish();
      return withReasons(atOnce.outcome, record.recovery.refusals);
    }
    progress.stepsBefore += record.recovery.training?.result.steps ?? 0;
    records.push(record);
  }
  progress.finish();
  return outcomeOf(model, records);
}

/** A round that took nothing leaves nothing to make up for. */
async function trainAfter(
  { outcome }: PrunedRound,
  before: Model,
  { stepsPerRound, provider, timeLimitMinutes, rounds }: RoundOptions,
  context: PassContext,
): Promise<Recovery> {
  if (outcome.model === before) return { model: before, refusals: [] };
  const usual = usualTraining({ steps: stepsPerRound, provider });
  const options = { ...usual, timeLimitMinutes: timeLimitMinutes / rounds };
  return recover(outcome.model, teacherOf(context), options, context);
}

function withReasons(outcome: PassOutcome, refusals: readonly Refusal[]): PassOutcome {
  const extended = refusals.map((each) => ({ ...each, reason: `${each.reason} All was pruned in one round.` }));
  return { ...outcome, refusals: [...outcome.refusals, ...extended] };
}

function outcomeOf(model: Model, records: readonly RoundRecord[]): PassOutcome {
  const last = records.at(-1)!;
  const changes = records.flatMap(({ pruned }, index) =>
    pruned.outcome.changes.map((each) => inRound(each, index + 1)),
  );
  if (changes.length === 0) return { ...last.pruned.outcome, model };
  // Later rounds refuse the same as the first. Only the last one knows if the target was met.
  const refusals = [...last.pruned.outcome.refusals, ...records.flatMap(({ recovery }) => recovery.refusals)];
  return {
    model: last.recovery.model,
    changes,
    refusals: refusals.filter(
      ({ path, code }, index) => refusals.findIndex((each) => each.path === path && each.code === code) === index,
    ),
    details: { rounds: roundTable(records), loss: lossCurve(joinPoints(records)), ...last.pruned.outcome.details },
    sentence: sentenceOf(records),
  };
}

function inRound(change: Change, round: number): Change {
  return { ...change, what: `Round ${round}: ${change.what}` };
}

function sentenceOf(records: readonly RoundRecord[]): string {
  const { removed, unit } = records.at(-1)!.pruned;
  const results = records.flatMap(({ recovery }) => recovery.training?.result ?? []);
  const steps = results.reduce((sum, result) => sum + result.steps, 0);
  const last = results.at(-1)!;
  const { startLoss, bestLoss } = last;
  const share = startLoss > 0 ? 1 - bestLoss / startLoss : 0;
  return `${formatPercent(removed)} of the ${unit}, after ${formatCount(records.length)} rounds with ${formatCount(steps)} training steps. The last round reduced the loss on held-out samples by ${formatPercent(share)}.${describeMachine(last)}`;
}

function roundTable(records: readonly RoundRecord[]): TableDetail {
  return {
    kind: 'table',
    title: 'Rounds, with the loss on held-out samples',
    columns: [
      { label: 'Round', unit: 'count' },
      { label: 'Removed', unit: 'share' },
      { label: 'Loss after pruning', unit: 'number' },
      { label: 'Loss after training', unit: 'number' },
      { label: 'Steps', unit: 'count' },
    ],
    rows: records.map(({ pruned, recovery: { training } }, index) => [
      index + 1,
      pruned.removed,
      training?.result.startLoss ?? null,
      training?.result.bestLoss ?? null,
      training?.result.steps ?? 0,
    ]),
  };
}

/** The curves of the rounds one after another. */
function joinPoints(records: readonly RoundRecord[]): LossPoints {
  const joined: { training: [number, number][]; 'held out': [number, number][] } = { training: [], 'held out': [] };
  let stepsBefore = 0;
  for (const { recovery } of records) {
    const { training } = recovery;
    if (training === undefined) continue;
    for (const series of ['training', 'held out'] as const) {
      joined[series].push(...training.points[series].map(([x, y]): [number, number] => [stepsBefore + x, y]));
    }
    stepsBefore += training.result.steps;
  }
  return joined;
}

const unitsOfPart = 1000;

/** One measure of progress and one curve over all rounds. */
class RoundProgress {
  stepsBefore = 0;
  readonly #context: PassContext;
  readonly #rounds: number;

  constructor(context: PassContext, rounds: number) {
    this.#context = context;
    this.#rounds = rounds;
  }

  /** The context that reports progress between two parts. Pruning and training of a round are a part each. */
  contextFor(part: number, end = part + 1): PassContext {
    const context = this.#context;
    const round = Math.floor(part / 2) + 1;
    return {
      ...context,
      checkpoint: () => context.checkpoint(),
      progress: ({ stage, done, total }) => {
        const share = part + ((end - part) * done) / Math.max(1, total);
        context.progress({
          stage: end === part + 1 ? `Round ${round} of ${this.#rounds}: ${stage}` : stage,
          // The end is for `finish`.
          done: Math.min(Math.floor(share * unitsOfPart), this.#total - 1),
          total: this.#total,
        });
      },
      observe: (seen) => context.observe({ ...seen, x: seen.x + this.stepsBefore }),
    };
  }

  finish(): void {
    this.#context.progress({ stage: 'All rounds done', done: this.#total, total: this.#total });
  }

  get #total(): number {
    return 2 * unitsOfPart * this.#rounds;
  }
}
