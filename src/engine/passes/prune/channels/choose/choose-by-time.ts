/**
 * Chooses channels to remove for a share of the time of a run. Widths are found for a share of the MACs, as always.
 * Timed runs of narrower models in turns with the original, on this machine, find that share. The timed weights need no
 * repair.
 */
import { messageOf } from '../../../../errors';
import { inspectInputs } from '../../../../analysis/inspect';
import type { Feeds } from '../../../../data/feeds';
import { createSyntheticFeeds } from '../../../../data/synthetic';
import { endSentence, formatPercent } from '../../../../format';
import type { Model } from '../../../../onnx/graph';
import { removeChannels } from '../../../../onnx/coupling/remove-channels';
import { nothingFound } from '../../../nothing-found';
import { refuseWhole, type PassContext, type Refusal } from '../../../pass';
import { openTimedOriginal, type TimedComparison, type TimedOriginal } from '../../../time-in-turns';
import { mostOfGroup, sizesFor } from '../channel-scope';
import { mostWidths, widthsBeside, type Widths } from './channel-widths';
import { foldedDivergence, removedUnits, widthProblem } from './choose-channels';
import { chooseWidths, scoreChannels, widthsByScores, type Choice, type Found, type Scored } from './choose-removal';
import { areAllSet, downTo, removedShare } from '../describe-removal';
import { timeSaved, timeText, type TimedWidths } from '../describe-times';
import type { CountedOptions, PruneChannelsOptions } from '../prune-channels-options';
import { leastShare, meetsTime, seekShare } from './seek-share';
import type { StagedProgress } from '../trial/staged-progress';

/** The error if no times are known. `refusal` has the reason. */
class NotTimed extends Error {
  readonly refusal: Refusal;

  constructor(reason: string) {
    super(reason);
    const instead = 'so nothing was removed. Choose a share of the MACs instead.';
    this.refusal = refuseWhole('not-timed', `${reason}, ${instead}`);
  }
}

export interface TimedChoice {
  /** Nothing is removed if the time cannot be met. The refusals say so. */
  readonly choice: Choice;
  readonly timed: readonly TimedWidths[];
}

export interface TimeRequest {
  readonly found: Found;
  readonly options: PruneChannelsOptions;
  readonly context: PassContext;
  readonly stopwatch: TimedOriginal;
  readonly progress: StagedProgress;
}

interface StopwatchRequest {
  /** The model that narrower candidates are timed against. */
  readonly model: Model;
  /** Inputs to run it on. Without, they are made up. */
  readonly sample?: Feeds | undefined;
  readonly context: PassContext;
}

/**
 * Opens a timed session of the model, runs `work` with it, and closes it. `unless` gives the result if nothing could be
 * timed. Throws the signal's reason, and the errors of `work`.
 */
export async function withStopwatch<Value>(
  given: StopwatchRequest,
  provider: PruneChannelsOptions['timedOn'],
  work: (stopwatch: TimedOriginal) => Promise<Value>,
  unless: (refusal: Refusal) => Value,
): Promise<Value> {
  try {
    const stopwatch = await openStopwatch(given, provider);
    try {
      return await work(stopwatch);
    } finally {
      stopwatch.close();
    }
  } catch (error) {
    if (error instanceof NotTimed) return unless(error.refusal);
    throw error;
  }
}

async function openStopwatch(
  { model, sample, context }: StopwatchRequest,
  provider: PruneChannelsOptions['timedOn'],
): Promise<TimedOriginal> {
  const { inference, signal } = context;
  if (inference === undefined) throw new NotTimed('No runtime is available');
  if (provider !== 'wasm') {
    const { available, reason } = (await inference.availability?.(provider)) ?? {
      available: false,
      reason: 'This runtime has no WebGPU.',
    };
    if (!available) throw new NotTimed(`Runs cannot be timed on WebGPU (${withoutStop(reason)})`);
  }
  return timing(signal, async () => {
    const feeds = sample ?? createSyntheticFeeds(inspectInputs(model), sizesFor(model, undefined), 0);
    const running = { signal, inference, checkpoint: () => context.checkpoint() };
    const stopwatch = await openTimedOriginal({ original: model, feeds, provider }, running);
    return { ...stopwatch, against: (...given) => timing(signal, () => stopwatch.against(...given)) };
  });
}

async function timing<Value>(signal: AbortSignal, run: () => Promise<Value>): Promise<Value> {
  try {
    return await run();
  } catch (error) {
    if (signal.aborted) throw error;
    const message = messageOf(error);
    throw new NotTimed(`The model does not run here (${withoutStop(message)})`);
  }
}

function withoutStop(sentence: string): string {
  return endSentence(sentence).slice(0, -1);
}

/** A few blocks are enough to select the next share of the MACs. */
const seekingBlocks = 3;
/** An approximate upper estimate of tries, for the progress bar. */
const usualTries = 10;

/** Chooses within `withStopwatch`. Throws as `chooseRemoval` does. */
export async function chooseByTime(request: TimeRequest): Promise<TimedChoice> {
  const { found, options, context, progress } = request;
  const byMacs: CountedOptions = { ...options, of: 'macs' };
  const scored = await scoreChannels(found, byMacs, context);
  const { scope } = scored;
  const wanted = options.remove;
  const most = removedShare(scope, mostWidths(scope.limits), 'macs');
  const timed: TimedWidths[] = [];
  const time = async (share: number, widths: Widths): Promise<TimedWidths> => {
    // Shares that are near to each other give the same whole channels.
    const before = timed.find((one) => one.widths.join() === widths.join());
    if (before) return { ...before, share };
    const saved = await savedWith(scored, widths, request);
    const one = { share, saved, widths, macsRemoved: removedShare(scope, widths, 'macs') };
    timed.push(one);
    progress.report('Timing widths', timed.length, usualTries);
    return one;
  };
  const nothing = (refusal: Refusal): TimedChoice => ({
    choice: { ...scored, widths: scope.groups.map(() => 0), tried: [], refusals: [...scored.refusals, refusal] },
    timed,
  });
  if (most === 0) return nothing(nothingFound(scope.model, 'No channels can be removed.', 'target-missed'));
  if (areAllSet(scope)) return { choice: await chooseWidths(scored, byMacs, context, progress), timed };
  const byScores = (share: number) => widthsByScores(scored, { ...byMacs, remove: share });
  const measure = (share: number) => time(share, byScores(share));
  const rough = leastShare(await seekShare({ wanted, first: wanted, most, measure }), wanted);
  if (!meetsTime(rough, wanted)) {
    // The best of few blocks is mostly chance, so the reported time is measured again.
    const again = await comparisonWith(scored, rough.widths, request);
    const saved = Math.max(timeSaved(again.ratio), timeSaved(again.leastRatio));
    if (!meetsTime({ saved }, wanted)) return nothing(missedTime(again, options));
  }
  const choice = await chooseWidths(scored, { ...byMacs, remove: rough.share }, context, progress);
  // The widths that were timed are final if there were no trials.
  if (choice.tried.length === 0) return { choice, timed };
  return { choice: await withWidthsInTime(choice, byMacs, context, time), timed };
}

/** Widths that were tried on data take another time than those they were scaled by: they become wider or narrower together. */
async function withWidthsInTime(
  choice: Choice,
  options: CountedOptions,
  context: PassContext,
  time: (share: number, widths: Widths) => Promise<TimedWidths>,
): Promise<Choice> {
  const { scope, scores, widths, evidence } = choice;
  const wanted = options.remove;
  // Groups that keep all channels in the trials continue to do so.
  const limits = scope.limits.map((own, group) => (widths[group] === 0 ? { ...own, most: 0, fixed: 0 } : own));
  const problemOf = (share: number) => ({
    ...widthProblem(scope, { ...options, remove: share }),
    groups: limits,
  });
  const first = removedShare(scope, widths, 'macs');
  const most = removedShare(scope, mostWidths(problemOf(first).groups), 'macs');
  const still = widths.map(() => 0);
  const measure = (share: number) =>
    time(share, share === first ? widths : widthsBeside(widths, still, problemOf(share)));
  const { widths: chosen } = leastShare(await seekShare({ wanted, first, most, measure }), wanted);
  if (chosen.join() === widths.join() || evidence === undefined) return choice;
  const checkpoint = () => context.checkpoint();
  const divergence = await foldedDivergence({ scope, scores, evidence, checkpoint }, chosen);
  return { ...choice, widths: chosen, tried: [{ name: 'timed', widths: chosen, divergence }, ...choice.tried] };
}

/** True if the target share of the time can be saved at all, by one comparison, within `withStopwatch`. Throws the signal's reason. */
export async function reachesTime(request: Omit<TimeRequest, 'progress'>): Promise<boolean> {
  const { found, options, context } = request;
  const scored = await scoreChannels(found, { ...options, of: 'macs' }, context);
  const widths = mostWidths(found.scope.limits);
  return meetsTime({ saved: await savedWith(scored, widths, request) }, options.remove);
}

/** The saved share of the time, by the least times. Weights need no repair for that. */
async function savedWith(scored: Scored, widths: Widths, running: Timing): Promise<number> {
  return timeSaved((await comparisonWith(scored, widths, running, seekingBlocks)).leastRatio);
}

type Timing = Pick<TimeRequest, 'context' | 'stopwatch'>;

async function comparisonWith(
  { scope, scores }: Scored,
  widths: Widths,
  { context, stopwatch }: Timing,
  leastBlocks?: number,
): Promise<TimedComparison> {
  const removed = removedUnits(scope, scores, widths);
  const narrow = await removeChannels(scope.model, scope.coupled, removed, () => context.checkpoint());
  return stopwatch.against(narrow, leastBlocks);
}

function missedTime(most: TimedComparison, { remove }: PruneChannelsOptions): Refusal {
  const share = downTo(Math.min(timeSaved(most.ratio), timeSaved(most.leastRatio)));
  const bounds = `A reduction of ${formatPercent(remove)} of the run time is not possible: locked channels stay, and at most ${formatPercent(mostOfGroup)} of each group can be removed`;
  const reason =
    share <= 0
      ? `${bounds}. That is no faster here: ${timeText(most)} less time. Nothing was removed.`
      : `${bounds}. That saves ${timeText(most)} here. Nothing was removed. Ask for ${share} or less.`;
  return refuseWhole('target-missed', reason);
}
