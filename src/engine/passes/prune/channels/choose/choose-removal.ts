/** Chooses the channels to remove, from the removable parts, the evidence of the data, and the widths that meet the target. */
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import type { Model, ValueName } from '../../../../onnx/graph';
import type { PassContext, Refusal } from '../../../pass';
import { channelImportance, type UnitScores } from './channel-importance';
import { channelScope, type ChannelScope, withoutTrials } from '../channel-scope';
import type { Widths } from './channel-widths';
import {
  rankedWidths,
  removedUnits,
  type SearchRequest,
  searchWidths,
  type TriedWidths,
  widthProblem,
} from './choose-channels';
import type { CountedOptions } from '../prune-channels-options';
import { reachableShare } from '../describe-removal';
import { effortFor, type Evidence, gatherEvidence, scopeWithBiases } from '../trial/evidence';
import type { StagedProgress } from '../trial/staged-progress';
import { refuseData, refuseRun, refuseUnusable } from '../trial/trial-refusals';
import { readTrialSamples } from '../trial/trial-samples';
import type { Inference } from '../../../../inference';
import { type WidthProblem, widthsAlong } from './channel-widths';
import { repairAtOnce, repairInTurn } from '../repair/repair-channels';
import { OutputTrial } from '../trial/trial';

/**
 * The last round of the search for widths. The errors that the one-shot repair leaves add up from layer to layer. The
 * widths that are nearest with it therefore spare the first layers too much for the repair layer after layer. With that
 * repair, widths on the way to equal widths are often nearer. A few widths are repaired layer after layer, on part of
 * the samples, and the nearest outputs win.
 */
interface FinalistsRequest extends SearchRequest {
  readonly signal: AbortSignal;
  readonly inference: Inference;
  /** The number of finalists that are repaired, at least two. */
  readonly finalists: number;
}

/**
 * At most this many samples, and at most a third, serve for fitting. The others serve for evaluation. The repair of the
 * winner then uses all.
 */
const mostFitted = 64;

/** @param tried those first that would be taken without this, then the nearest, with the equal widths among them. Gives the nearest after their repair first, then the others. */
async function evaluateFinalists(
  tried: readonly TriedWidths[],
  request: FinalistsRequest,
): Promise<readonly TriedWidths[]> {
  const { scope, problem, evidence, signal, inference, finalists } = request;
  const { fit, validation, about } = evidence.samples;
  const fitted = Math.min(mostFitted, Math.ceil(fit.length / 3));
  const samples = { validation: [...fit.slice(fitted), ...validation], test: [], about };
  const trial = await OutputTrial.open({ signal, inference, original: scope.model, tunable: [], samples });
  const evaluated: TriedWidths[] = [];
  const evaluateNext = async (wanted: Finalist): Promise<void> => {
    const key = wanted.widths.join();
    if (evaluated.length >= finalists || evaluated.some(({ widths }) => widths.join() === key)) return;
    // Tried widths may lie between widths that are nearly alike. They keep their name.
    const one = tried.find(({ widths }) => widths.join() === key) ?? wanted;
    evaluated.push(
      await evaluateFinalist(one, { trial, fitted }, request, (share) =>
        request.progress(evaluated.length + share, finalists),
      ),
    );
  };
  try {
    const [nearest, next = nearest] = tried as [TriedWidths, TriedWidths?];
    const equal = tried.find(({ name }) => name === 'equal') ?? nearest;
    await evaluateNext(between(equal, nearest, problem));
    await evaluateNext(nearest);
    await evaluateNext(equal);
    const [best, second = best] = byRepair(evaluated) as [TriedWidths, TriedWidths?];
    await evaluateNext(best.widths.join() === nearest.widths.join() ? next : between(best, second, problem));
  } finally {
    trial.close();
  }
  const keys = new Set(evaluated.map(({ widths }) => widths.join()));
  return [...byRepair(evaluated), ...tried.filter(({ widths }) => !keys.has(widths.join()))];
}

function byRepair(evaluated: readonly TriedWidths[]): readonly TriedWidths[] {
  return evaluated.toSorted((a, b) => a.repaired! - b.repaired!);
}

type Finalist = Pick<TriedWidths, 'name' | 'widths'>;

/** Widths of the same cost, each group about halfway. */
function between(one: Finalist, other: Finalist, problem: WidthProblem): Finalist {
  const shares = problem.groups.map(({ units }, group) => (one.widths[group]! + other.widths[group]!) / (2 * units));
  return { name: 'between', widths: widthsAlong(shares, problem) };
}

async function evaluateFinalist(
  { name, widths }: Finalist,
  { trial, fitted }: { readonly trial: OutputTrial; readonly fitted: number },
  { scope, scores, evidence, checkpoint, signal, inference }: FinalistsRequest,
  progress: (share: number) => void,
): Promise<TriedWidths> {
  const removal = { scope, evidence, removed: removedUnits(scope, scores, widths), checkpoint };
  const start = await repairAtOnce(removal, true);
  const { model } = await repairInTurn(removal, start.model, {
    ...{ signal, inference, mostFitted: fitted },
    progress: (done, total) => progress(done / Math.max(1, total)),
  });
  return { name, widths, divergence: start.divergence, repaired: await trial.divergenceOf(model) };
}

export interface Choice {
  readonly scope: ChannelScope;
  readonly scores: UnitScores;
  readonly widths: Widths;
  readonly tried: readonly TriedWidths[];
  /** Absent without data or a runtime. */
  readonly evidence?: Evidence;
  readonly refusals: readonly Refusal[];
}

export async function chooseRemoval(
  found: Found,
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Choice> {
  return chooseWidths(await scoreChannels(found, options, context), options, context, progress);
}

export async function scoreChannels(found: Found, options: CountedOptions, context: PassContext): Promise<Scored> {
  const checkpoint = () => context.checkpoint();
  const { scope, evidence } = found;
  const measure = options.importance === 'auto' ? (evidence ? 'obs' : 'l2') : options.importance;
  const inputs = evidence?.teacher.inputs ?? new Map<ValueName, NormalSums>();
  const { coupled, groups } = scope;
  const isOpen = (group: number): boolean => scope.limits[group]!.most > 0;
  return { ...found, scores: await channelImportance({ coupled, groups, isOpen, measure, inputs, checkpoint }) };
}

/** The widths that meet the target by scores alone. */
export function widthsByScores({ scope, scores }: Scored, options: CountedOptions): Widths {
  const ranking = options.ranking === 'search' ? 'global' : options.ranking;
  return rankedWidths(widthProblem(scope, options), scores, ranking);
}

export async function chooseWidths(
  scored: Scored,
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Choice> {
  const { scope, scores, evidence } = scored;
  if (evidence === undefined || options.ranking !== 'search' || scope.groups.length === 0) {
    return { ...scored, widths: widthsByScores(scored, options), tried: [] };
  }
  const checkpoint = () => context.checkpoint();
  const problem = widthProblem(scope, options);
  const { tries } = effortFor(scope);
  const { finalists, recover } = options;
  const isFitted = recover === 'sequential' && finalists > 1;
  const report = (before: number) => (done: number, total: number) =>
    progress.report('Trying widths', before * total + done, (isFitted ? 2 : 1) * total);
  const request = { scope, problem, scores, evidence, random: context.random, tries, checkpoint };
  const tried = await searchWidths({ ...request, progress: report(0) });
  if (!isFitted) return { ...scored, widths: tried[0]!.widths, tried };
  const running = { signal: context.signal, inference: context.inference!, progress: report(1) };
  const evaluated = await evaluateFinalists(tried, { ...request, ...running, finalists });
  return { ...scored, widths: evaluated[0]!.widths, tried: evaluated };
}

export type Found = Pick<Choice, 'scope' | 'evidence' | 'refusals'>;

export type Scored = Found & Pick<Choice, 'scores'>;

export async function scopeWithEvidence(
  model: Model,
  options: CountedOptions,
  context: PassContext,
  progress: StagedProgress,
): Promise<Found> {
  const { data, inference } = context;
  const { ranking, recover, importance } = options;
  const needs = ranking === 'search' || recover !== 'none' || importance === 'obs';
  const whole = channelScope(model, options, undefined);
  const plain = boundedScope(whole, options, context);
  const isHopeless = plain.groups.length === 0 || reachableShare(plain, options) !== undefined;
  if (isHopeless || (!needs && importance !== 'auto')) return { scope: plain, refusals: [] };
  const samples = data && inference && (await readTrialSamples(data, effortFor(plain).samples));
  const untried = withoutTrials(whole, options);
  if (samples === undefined || inference === undefined) {
    return {
      scope: untried,
      refusals: needs ? [refuseData(data?.samples, 'channels are chosen by their weights, without least squares')] : [],
    };
  }
  const unusable = refuseUnusable(samples, 'channels are chosen by their weights, without least squares');
  if (unusable) return { scope: untried, refusals: [unusable] };
  const scope = boundedScope(scopeWithBiases(plain, options, samples.fit[0]!), options, context);
  try {
    const evidence = await gatherEvidence(
      scope,
      samples,
      { keepsOutputs: recover === 'sequential' },
      { signal: context.signal, checkpoint: () => context.checkpoint(), inference },
      (done, total) => progress.report('Inspecting layers', done, total),
    );
    return { scope, evidence, refusals: [] };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return {
      scope: untried,
      refusals: [refuseRun(error, 'channels are chosen by their weights, without least squares')],
    };
  }
}

/** The scope of a removal. Without trials on data it excludes the parts that need them. */
export function boundedScope(
  scope: ChannelScope,
  options: CountedOptions,
  { data, inference }: PassContext,
): ChannelScope {
  const triesWidths = options.ranking === 'search' && data !== undefined && inference !== undefined;
  // Shares that were set by hand for all others are no target that these would have to meet.
  const others = scope.limits.filter((_, group) => !scope.groups[group]!.isAveraged);
  const areSet = others.some(({ most }) => most > 0) && others.every(({ fixed }) => fixed !== undefined);
  return triesWidths && !areSet ? scope : withoutTrials(scope, options);
}
