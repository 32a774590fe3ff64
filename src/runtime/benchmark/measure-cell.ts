import {
  baselineProvider,
  originalId,
  type CellResult,
  type Comparison,
  type ExecutionProvider,
  type OutputMatch,
} from '../../engine/metrics/cell';
import { asComparable } from '../../engine/metrics/describe-randomness';
import { summarizeLatency } from '../../engine/metrics/latency-statistics';
import { OutputComparison } from '../../engine/metrics/output-match';
import type { NodeTimes } from '../../engine/metrics/node-time';
import { comparePaired, selfTestNoiseFloor, type Block } from '../../engine/verdict/speed-verdict';
import { createSeededRandom } from '../../engine/seeded-random';
import { ParetoError } from '../../engine/errors';
import { formatDuration } from '../../engine/format';
import { budgets, isLastRun, shareOfOpening, shareOfStage, wallClock, type Budget, type Clock } from './budget';
import { cellFlags } from './cell-flags';
import type { CellRequest, MeasureEvent, MeasureHost, MeasureRequest } from './measure-request';
import { measureNodeTimes } from '../nodes/node-times';
import type { ModelFiles } from '../models/model-files';
import { createPercentReporter } from '../../engine/percent-reporter';
import type { Reference } from './reference-outputs';
import type { HostedSession } from '../session/session-host';
import type { SessionProfile } from '../session/session-spec';
import { leadRunsFor } from '../session/settle-session';
import { measureSteadyState, runsPerSampleFor, type Side, type SteadyState } from './steady-state';
import { warmUp } from './warm-up';

export interface CellContext {
  readonly host: MeasureHost;
  readonly request: MeasureRequest;
  readonly reference: Reference;
  /** Noise floors that the original's own cell measured, by provider, for the variants after it. */
  readonly noiseFloors: Map<ExecutionProvider, number>;
  readonly onEvent: (event: MeasureEvent) => void;
}

/** Percent of a cell's progress at which each stage begins. */
const stages = { load: 0, outputs: 10, warmUp: 20, steady: 30, profile: 88 } as const;

/** Runs of the session that is profiled: one cold, one warm. */
const profiledRuns = 2;

/** Measures one cell and reports it, with its comparison when it is a variant's. */
export async function measureCell(signal: AbortSignal, context: CellContext, cell: CellRequest): Promise<void> {
  const report = createPercentReporter((progress) => context.onEvent({ kind: 'progress', ...cell, progress }));
  const budget = boundedBudget(context.request);
  const now = context.host.now ?? wallClock;
  const startMs = now();
  const endMs = startMs + budget.cellMs;
  const stageMs = budget.cellMs * shareOfStage;
  const files = filesOf(context.request, cell.variant);
  report('Loading', stages.load);
  const loadingMs = now();
  const own = await openSession(signal, context, cell.ep, files, false);
  const openMs = now() - loadingMs;
  const opened: HostedSession[] = [own];
  let measured: Timed;
  try {
    report('Comparing outputs', stages.outputs);
    const outputs = await compareOutputs(signal, own, context, cell, { longestMs: stageMs, now });
    report(`First run ${formatDuration(outputs.firstRunMs)}`, stages.outputs);
    const pair = isSlowToOpen(cell, openMs, budget)
      ? { variant: own, partner: own, partnerIsOriginal: true }
      : await openPartner(signal, context, cell, files, own);
    if (pair.partner !== own) opened.push(pair.partner);
    await pair.partner.feed(context.reference.sets[0]!.feeds);
    const { ms: partnerRunMs } = await pair.partner.run();
    report('Warming up', stages.warmUp);
    const sides = {
      original: await warmSide(signal, context, pair.partner, partnerRunMs, stageMs),
      variant: await warmSide(signal, context, own, outputs.runTakesMs, stageMs),
    };
    const setUpMs = now() > endMs ? now() - startMs : undefined;
    // The remaining work takes another session and a few runs. A steady state that could not be shorter may leave no
    // time for it.
    const untilMs = endMs - openMs - profiledRuns * outputs.runTakesMs;
    const random = createSeededRandom(context.request.seed);
    // Only a comparison with the original is worth more blocks.
    const isOpen = (blocks: readonly Block[], look: number): boolean =>
      isCompared(cell) &&
      pair.partnerIsOriginal &&
      compared(context, cell.ep, { blocks, look }, sides).verdict === 'undecided';
    const limits = { budget, endMs: untilMs, now, isOpen };
    const steady = await measureSteadyState(signal, sides, limits, random, (share, medianMs) =>
      report(`About ${formatDuration(medianMs)} per run`, stages.steady + share * (stages.profile - stages.steady)),
    );
    measured = { cell, pair, ...outputs, setUpMs, steady, sides };
  } finally {
    for (const session of opened) session.close();
  }
  report('Counting nodes by provider', stages.profile);
  const placed = await placeNodes(signal, context, { ep: cell.ep, files, isLate: now() > endMs, report });
  // Progress ends before the result, because events after a result are about other cells.
  report('Done', 100);
  context.onEvent({ kind: 'cell', result: cellResult(context, measured, placed) });
  reportComparison(context, measured);
}

/** The original takes turns with itself, which shows the noise, unless it runs elsewhere than the baseline. */
function isCompared({ variant, ep }: CellRequest): boolean {
  return variant !== originalId || ep !== baselineProvider(ep);
}

function boundedBudget({ budget, mostCellMs = Infinity, fewestPairs }: MeasureRequest): Budget {
  const usual = budgets[budget];
  return { ...usual, fewestPairs: fewestPairs ?? usual.fewestPairs, cellMs: Math.min(usual.cellMs, mostCellMs) };
}

/** A busy machine takes seconds to open a session. The original then takes turns with itself in one session. */
function isSlowToOpen(cell: CellRequest, openMs: number, { cellMs }: Budget): boolean {
  return !isCompared(cell) && openMs > cellMs * shareOfOpening;
}

interface SessionPair {
  /** The session of this cell. */
  readonly variant: HostedSession;
  /**
   * The session that it takes turns with: the original's; for the original, and if the original does not run, another
   * session of the same model.
   */
  readonly partner: HostedSession;
  readonly partnerIsOriginal: boolean;
}

interface Placed {
  /** The profile; absent if there was no time left for it. */
  readonly profile?: SessionProfile;
  readonly times?: NodeTimes;
}

interface Timed {
  readonly cell: CellRequest;
  readonly pair: SessionPair;
  readonly outputMatch: OutputMatch;
  readonly firstRunMs: number;
  readonly setUpMs: number | undefined;
  readonly steady: SteadyState;
  readonly sides: { readonly original: Side; readonly variant: Side };
}

function filesOf(request: MeasureRequest, variant: string): ModelFiles {
  if (variant === originalId) return request.original;
  const found = request.variants.find(({ id }) => id === variant);
  if (found === undefined) throw new ParetoError('benchmark/variant', `There is no variant "${variant}".`);
  return found.files;
}

async function openPartner(
  signal: AbortSignal,
  context: CellContext,
  { variant, ep }: CellRequest,
  files: ModelFiles,
  own: HostedSession,
): Promise<SessionPair> {
  try {
    const partner = await openSession(signal, context, baselineProvider(ep), context.request.original, false);
    return { variant: own, partner, partnerIsOriginal: true };
  } catch (error) {
    if (signal.aborted || variant === originalId || ep !== baselineProvider(ep)) throw error;
    // The original does not run here but the variant does: it is measured, only not compared.
    return { variant: own, partner: await openSession(signal, context, ep, files, false), partnerIsOriginal: false };
  }
}

function openSession(
  signal: AbortSignal,
  { host, request, reference }: CellContext,
  ep: ExecutionProvider,
  files: ModelFiles,
  profile: boolean,
): Promise<HostedSession> {
  const { freeDimensions } = reference;
  return host.sessions.open(signal, { files, ep, threads: request.threads, freeDimensions, profile });
}

interface PlacingRequest {
  readonly ep: ExecutionProvider;
  readonly files: ModelFiles;
  readonly isLate: boolean;
  readonly report: (stage: string, percent: number) => void;
}

async function placeNodes(
  signal: AbortSignal,
  context: CellContext,
  { ep, files, isLate, report }: PlacingRequest,
): Promise<Placed> {
  // A compiled module has no providers that nodes could be on.
  if (ep === 'compiled') return { profile: { placement: {}, operators: [], kernels: [] } };
  if (context.request.perNode) {
    return profileNodes(signal, context, ep, files, (share) =>
      report('Timing nodes', stages.profile + share * (99 - stages.profile)),
    );
  }
  return isLate ? {} : { profile: await profileSession(signal, context, ep, files) };
}

/** Profiles in a separate session, since profiling disturbs timing. */
async function profileSession(
  signal: AbortSignal,
  context: CellContext,
  ep: ExecutionProvider,
  files: ModelFiles,
): Promise<SessionProfile> {
  const session = await openSession(signal, context, ep, files, true);
  try {
    await session.feed(context.reference.sets[0]!.feeds);
    for (let run = 0; run < profiledRuns; run++) await session.run();
    return await session.profile();
  } finally {
    session.close();
  }
}

/** The same with enough runs to measure the time of each node. */
function profileNodes(
  signal: AbortSignal,
  { host, request, reference }: CellContext,
  ep: ExecutionProvider,
  files: ModelFiles,
  onRun: (share: number) => void,
): ReturnType<typeof measureNodeTimes> {
  const { threads } = request;
  const { freeDimensions, sets } = reference;
  const feedsOf = () => sets[0]!.feeds;
  const longestMs = boundedBudget(request).cellMs;
  return measureNodeTimes(signal, host.sessions, { files, ep, threads, freeDimensions, feedsOf, longestMs }, onRun);
}

/** Runs the input sets, as many as the budget allows but one of each kind; the first run of all is the cold one. */
async function compareOutputs(
  signal: AbortSignal,
  session: HostedSession,
  { reference: { sets, kinds, inputs, problem } }: CellContext,
  { variant }: CellRequest,
  { longestMs, now }: { readonly longestMs: number; readonly now: Clock },
): Promise<{ outputMatch: OutputMatch; firstRunMs: number; runTakesMs: number }> {
  const comparison = new OutputComparison();
  let firstRunMs: number | undefined;
  let runs = 0;
  const startMs = now();
  for (const { feeds, outputs } of sets) {
    signal.throwIfAborted();
    await session.feed(feeds);
    const run = await session.run();
    firstRunMs ??= run.ms;
    comparison.add(outputs, run.outputs, runs % kinds);
    if (isLastRun(now() - startMs, ++runs, longestMs) && runs >= kinds) break;
  }
  const runTakesMs = (now() - startMs) / runs;
  await session.feed(sets[0]!.feeds);
  const outputMatch = asComparable(comparison.result(inputs, { unchanged: variant === originalId }), problem);
  return { outputMatch, firstRunMs: firstRunMs!, runTakesMs };
}

/** A session whose run took longer than the whole warm-up may is warm by that run. */
async function warmSide(
  signal: AbortSignal,
  { host }: CellContext,
  session: HostedSession,
  lastRunMs: number,
  longestMs: number,
): Promise<Side> {
  const isWarm = lastRunMs > longestMs;
  const runMs = isWarm ? lastRunMs : (await warmUp(signal, session, longestMs, host.now ?? wallClock)).runMs;
  const runsPerSample = runsPerSampleFor(runMs, host.timerResolutionUs);
  return { session, runsPerSample, leadRuns: leadRunsFor(runMs) };
}

function cellResult(
  { host, request, reference }: CellContext,
  { cell, pair, outputMatch, firstRunMs, setUpMs, steady, sides }: Timed,
  { profile, times }: Placed,
): CellResult {
  const samplesMs = steady.blocks.flatMap((block) => block.variant);
  const { runsPerSample } = sides.variant;
  const statistics = summarizeLatency(samplesMs, { resolutionMs: resolutionMs(host, sides.variant), groupSize: 2 });
  const { placement, operators } = profile ?? { placement: {}, operators: [] };
  return {
    ...cell,
    threads: cell.ep === 'compiled' ? 1 : request.threads,
    batch: reference.batch,
    loadMs: pair.variant.loadMs,
    firstRunMs,
    ...(setUpMs !== undefined && { setUpMs }),
    steady: statistics,
    samplesMs,
    runsPerSample,
    placement,
    operators,
    ...splitTimes(times),
    outputMatch,
    flags: cellFlags(host, {
      ep: cell.ep,
      placement,
      outputMatch,
      samplesMs,
      statistics,
      runsPerSample,
      isCapped: steady.isCapped || profile === undefined,
    }),
  };
}

/** The resolution of the clock for one run, if several runs are timed together. */
function resolutionMs({ timerResolutionUs }: CellContext['host'], { runsPerSample }: Side): number {
  return timerResolutionUs / 1000 / runsPerSample;
}

function splitTimes(times: NodeTimes | undefined): Pick<CellResult, 'nodes' | 'nodeTimes'> {
  if (times === undefined) return {};
  const { nodes, ...nodeTimes } = times;
  return { nodes, nodeTimes };
}

function reportComparison(context: CellContext, measured: Timed): void {
  const { cell, pair, steady } = measured;
  if (!isCompared(cell)) {
    context.noiseFloors.set(cell.ep, selfTestNoiseFloor(steady.blocks));
    return;
  }
  if (!pair.partnerIsOriginal) return;
  const comparison = comparisonOf(measured, context);
  context.onEvent({ kind: 'comparison', comparison });
}

function comparisonOf({ cell, steady, outputMatch, sides }: Timed, context: CellContext): Comparison {
  const { original, isOfPairs, verdict, ...paired } = compared(context, cell.ep, steady, sides);
  return { ...cell, ...paired, verdict: outputMatch.valid ? verdict : 'invalid', ...(!isOfPairs && { original }) };
}

function compared(
  { host, noiseFloors }: CellContext,
  ep: ExecutionProvider,
  { blocks, look }: Pick<SteadyState, 'blocks' | 'look'>,
  sides: Timed['sides'],
): ReturnType<typeof comparePaired> {
  return comparePaired(blocks, {
    selfTestNoise: noiseFloors.get(baselineProvider(ep)),
    resolutionMs: resolutionMs(host, sides.original),
    look,
  });
}
