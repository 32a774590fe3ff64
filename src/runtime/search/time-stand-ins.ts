/**
 * Times stand-ins of candidates in turns with the original, before any candidate is built in full. A search for speed builds
 * only what is faster.
 */
import type { Feeds } from '../../engine/data/feeds';
import { formatCounted, formatProvider } from '../../engine/format';
import { comparePaired, fewestPairs, type Block } from '../../engine/verdict/speed-verdict';
import { summarizeLatency } from '../../engine/metrics/latency-statistics';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import type { Candidate, Timing } from '../../engine/search/candidate';
import { timedOn } from '../../engine/search/search-goal';
import {
  canBePlaced,
  compareForTiming,
  describeNotFaster,
  isOpenStill,
  isWorthBuilding,
  mayBeWorthBuilding,
  placeIntegers,
  standInKey,
  standInOf,
  standInTiming,
} from '../../engine/search/stand-in';
import { computesAlike } from '../../engine/search/techniques';
import { slowestOperator } from '../../engine/profiling/bottleneck';
import { createSeededRandom } from '../../engine/seeded-random';
import { measureSteadyState, runsPerSampleFor, type Side } from '../benchmark/steady-state';
import { measureRoofline } from '../benchmark/measure-roofline';
import { originalPointId, type SettingTiming } from '../../engine/search/search-journal';
import { measureNodeTimes } from '../nodes/node-times';
import { describeFailure } from '../session/failure';
import { wallClock } from '../benchmark/budget';
import { warmUp } from '../benchmark/warm-up';
import { leadRunsFor } from '../session/settle-session';
import type { HostedSession } from '../session/session-host';
import type { ModelFiles } from '../models/model-files';
import { until, type SearchCourse } from './search-course';
import type { TimedInputs } from './timed-inputs';

/** The time of the first runs of one stand-in and the original in turns, and the most of the warm-up before. */
const [turnsMs, warmUpMs] = [350, 1_000];
/** The time of a run above which there is time for one block, which shows a large difference. */
const slowRunMs = 500;
const pairsOfSlow = 2;
/** Forms of a slow model that are timed even if that takes longer. */
const fewestOfSlow = 5;
/** The time of a run up to which layers and settings are timed before files are built. Settings of other models are timed at the end. */
const quickRunMs = 200;
/** The longest time of the runs in turns, as a multiple of the time of the fewest pairs. */
const mostExtended = 4;
/** The share of the time after which a slow model needs what is left to build one file, evaluate and time it. */
const shareOfSlow = 0.3;
/** The most time for the profiled runs of one file. */
const layersMs = 2_000;
/** The most time to explain why nothing is faster. */
const explainMs = 8_000;

export class StandInTiming {
  readonly #course: SearchCourse;
  readonly #inputs: TimedInputs;
  readonly #feeds: Feeds;
  readonly #timings = new Map<string, Timing>();

  constructor(course: SearchCourse, inputs: TimedInputs, feeds: Feeds) {
    this.#course = course;
    this.#inputs = inputs;
    this.#feeds = feeds;
  }

  /** The setting of the search. */
  get #usual(): OpenedSetting {
    const { goal, threads } = this.#course.request;
    return { feeds: this.#feeds, freeDimensions: this.#inputs.freeDimensions, ep: timedOn(goal), threads };
  }

  /**
   * Times the stand-ins of all planned candidates that can begin before this share of the time is over. Candidates that are not faster
   * are left with the ratio. Candidates whose form is that of the original are left without a timing.
   */
  async timeAll(share: number): Promise<void> {
    const { host, time } = this.#course;
    const ep = timedOn(this.#course.request.goal);
    const planned = this.#course.candidates.filter(({ stage, timing }) => stage === 'planned' && timing === undefined);
    const timed = planned.filter(({ recipe }) => !computesAlike(recipe.steps, ep));
    for (const { id } of planned.filter((candidate) => !timed.includes(candidate))) {
      this.#course.leave(id, 'eliminated', `It stores less and computes the same on ${formatProvider(ep)}.`);
    }
    const timings = () => this.#course.candidates.filter(({ timing }) => timing !== undefined).length;
    const isAnyTimed = () => timings() > 0;
    // The first stand-in may take longer: a search that times nothing was in vain.
    await time.within(until.made, (signal) =>
      host.exclusively(signal, async () => {
        const original = await this.#open(signal, this.#course.request.original);
        const isSlow = original.runMs > slowRunMs;
        const isOver = () =>
          isSlow &&
          time.leftMs(shareOfSlow) === 0 &&
          timings() >= fewestOfSlow &&
          this.#course.candidates.some(isWorthBuilding);
        try {
          for (const candidate of timed.toSorted(compareForTiming)) {
            if (isOver() || (time.leftMs(share) === 0 && isAnyTimed())) break;
            const end = isAnyTimed() ? share : until.made;
            await time.within(end, (own) => this.#timeOne(AbortSignal.any([signal, own]), original, candidate));
          }
          await this.#timeAgain(signal, original, share);
          if (original.runMs > quickRunMs) return;
          await time.within(until.made, (own) => this.#place(AbortSignal.any([signal, own]), original));
          await this.#timeSettings(signal, originalPointId, original);
        } finally {
          original.session.close();
        }
      }),
    );
  }

  /** Finds the operator that holds most of the original's time, if there is time for it. */
  async explain(share: number): Promise<void> {
    const { host, request, time } = this.#course;
    const { original: files, threads, goal } = request;
    const { freeDimensions } = this.#inputs;
    this.#course.enter('Finding the bottleneck');
    await time
      .within(share, async (signal) => {
        const asked = { files, ep: timedOn(goal), threads, freeDimensions, seed: goal.seed, longestMs: explainMs };
        const { roofline } = await host.exclusively(signal, () =>
          measureRoofline(signal, host.sessions, asked, () => this.#course.tick()),
        );
        const slowest = slowestOperator(roofline.nodes);
        if (slowest === null) return;
        this.#course.tell({ kind: 'explained', slowest });
      })
      .catch(() => host.signal.throwIfAborted());
  }

  /** Times the recommended file in other settings, and the original if that was not done. */
  async timeSettings(share: number): Promise<void> {
    const { host, request, time, made } = this.#course;
    const { best } = this.#course.recommendation();
    const of = best?.id ?? originalPointId;
    if (this.#course.state.settings?.some((each) => each.of === of) === true) return;
    await time
      .within(share, async (signal) => {
        const files = best === null ? request.original : (await made.make(signal, best)).files;
        await host.exclusively(signal, async () => {
          const usual = await this.#open(signal, files);
          try {
            await this.#timeSettings(signal, of, usual);
          } finally {
            usual.session.close();
          }
        });
      })
      .catch(() => host.signal.throwIfAborted());
  }

  /**
   * Leaves out the padding of texts, doubles the threads while that is faster, or else halves them, and compiles the file. The original is
   * also timed on a GPU, if there is one.
   */
  async #timeSettings(signal: AbortSignal, of: string, usual: Timed): Promise<void> {
    const { host, request } = this.#course;
    const { mostThreads } = host;
    if (timedOn(request.goal) !== 'wasm') return;
    const isFaster = (threads: number, ep: SettingTiming['ep'] = 'wasm', tokens?: number) =>
      this.#timeSetting(signal, { of, ep, threads, ...(tokens !== undefined && { tokens }) }, usual);
    const { unpadded } = this.#inputs;
    if (unpadded !== undefined) await isFaster(request.threads, 'wasm', unpadded.tokens);
    let { threads } = request;
    while (threads < mostThreads && (await isFaster(Math.min(mostThreads, 2 * threads))))
      threads = Math.min(mostThreads, 2 * threads);
    if (threads === request.threads && threads > 1) await isFaster(Math.floor(threads / 2));
    // Most models that cannot be compiled are refused before anything runs.
    await isFaster(1, 'compiled');
    if (of !== originalPointId) return;
    const gpu = await host.inference?.availability?.('webgpu');
    if (gpu?.available === true) await isFaster(request.threads, 'webgpu');
  }

  /** True if it is faster than the usual setting, and than every setting of the same inputs before. */
  async #timeSetting(signal: AbortSignal, setting: Omit<SettingTiming, 'timing'>, usual: Timed): Promise<boolean> {
    const { ep, threads, tokens } = setting;
    const here = tokens === undefined ? formatCounted(threads, 'thread') : 'texts without padding';
    this.#course.enter(`Timing ${ep === 'wasm' ? here : formatProvider(ep)}`);
    try {
      const inputs = tokens === undefined ? {} : this.#inputs.unpadded;
      const other = await this.#open(signal, usual.files, { ...this.#usual, ...inputs, ep, threads });
      try {
        const { isStandIn: _isStandIn, ...timing } = await this.#inTurns(signal, usual, other);
        const before =
          this.#course.state.settings?.filter((each) => each.of === setting.of && each.tokens === tokens) ?? [];
        this.#course.tell({ kind: 'set', setting: { ...setting, timing } });
        return timing.verdict === 'faster' && before.every((each) => each.timing.ratio < timing.ratio);
      } finally {
        other.session.close();
      }
    } catch (error) {
      if (signal.aborted) throw error;
      // A device may refuse a setting.
      return false;
    }
  }

  /** Plans integers only in the layers that are faster with them here, and times that form. */
  async #place(signal: AbortSignal, original: Timed): Promise<void> {
    const { candidates, host, made, request } = this.#course;
    const whole = candidates.find(canBePlaced);
    if (whole === undefined) return;
    this.#course.enter('Timing layers');
    const { freeDimensions } = this.#inputs;
    const timed = { ep: timedOn(request.goal), threads: request.threads, freeDimensions, feedsOf: () => this.#feeds };
    const timesOf = async (files: ModelFiles) =>
      (
        await measureNodeTimes(signal, host.sessions, { ...timed, files, longestMs: layersMs }, () =>
          this.#course.tick(),
        )
      ).times;
    try {
      const { files } = await made.make(signal, { ...whole, ...standInOf(whole) }, { isKept: false });
      const placed = placeIntegers(whole, await timesOf(original.files), await timesOf(files));
      if (placed === undefined) return;
      this.#course.tell({ kind: 'planned', candidate: placed });
      await this.#timeOne(signal, original, { ...placed, stage: 'planned' });
    } catch (error) {
      if (signal.aborted) throw error;
      this.#course.made.throwIfDataIsLost();
    }
  }

  /**
   * Times forms once more, in another session, whose turns left open whether they are faster: a busy machine lengthens the turns of one
   * session. Then leaves what is not faster.
   */
  async #timeAgain(signal: AbortSignal, original: Timed, share: number): Promise<void> {
    const isOpen = ({ stage, timing }: Candidate) =>
      stage === 'timed' && timing !== undefined && !isWorthBuilding({ timing }) && isOpenStill(timing);
    const open = original.runMs > slowRunMs ? [] : this.#course.candidates.filter(isOpen);
    for (const candidate of open) this.#timings.delete(standInKey(standInOf(candidate)));
    for (const candidate of open) {
      await this.#course.time.within(share, (own) =>
        this.#timeOne(AbortSignal.any([signal, own]), original, candidate),
      );
    }
    for (const { id, timing } of this.#course.candidates.filter(isOpen)) {
      this.#course.leave(id, 'eliminated', describeNotFaster(timing!));
    }
  }

  async #timeOne(signal: AbortSignal, original: Timed, candidate: Candidate) {
    const { id, name } = candidate;
    try {
      const standIn = standInOf(candidate);
      const key = standInKey(standIn);
      const timing = this.#timings.get(key) ?? (await this.#time(signal, original, { ...candidate, ...standIn }));
      if (timing === undefined) return;
      this.#timings.set(key, timing);
      this.#course.tell({ kind: 'timed', id, timing });
      if (!isWorthBuilding({ timing }) && !isOpenStill(timing)) {
        this.#course.leave(id, 'eliminated', describeNotFaster(timing));
      }
    } catch (error) {
      if (signal.aborted) throw error;
      this.#course.made.throwIfDataIsLost();
      this.#course.leave(id, 'failed', describeFailure(error, name, timedOn(this.#course.request.goal)));
    }
  }

  /** `undefined`: its recipe changes nothing. */
  async #time(signal: AbortSignal, original: Timed, candidate: Candidate): Promise<Timing | undefined> {
    this.#course.enter(`Timing ${candidate.name}`);
    const { files, optimization } = await this.#course.made.make(signal, candidate, { isKept: false });
    const changed = optimization.passes.filter(({ changes }) => changes.length > 0);
    const idle = optimization.passes.find(({ id, changes }) => changes.length === 0 && id !== 'simplify');
    if (changed.length === 0 || idle !== undefined) {
      const reason = idle?.refusals[0]?.reason ?? 'It changes nothing in this model.';
      this.#course.leave(candidate.id, 'eliminated', reason);
      return undefined;
    }
    const variant = await this.#open(signal, files);
    try {
      return await this.#inTurns(signal, original, variant);
    } finally {
      variant.session.close();
    }
  }

  async #inTurns(signal: AbortSignal, original: Timed, variant: Timed): Promise<Timing> {
    const { now = () => performance.now(), timerResolutionUs } = this.#course.host.measuring;
    const slowMs = Math.max(original.runMs, variant.runMs);
    const isSlow = slowMs > slowRunMs;
    const budget = { fewestPairs: isSlow ? pairsOfSlow : fewestPairs, shortestMs: turnsMs, cellMs: turnsMs };
    // Every model gets its fewest pairs, unless the share of the search ends.
    const endMs = now() + mostExtended * Math.max(turnsMs, 2 * budget.fewestPairs * slowMs);
    const random = createSeededRandom(this.#course.request.goal.seed);
    const sides = { original, variant };
    const resolutionMs = timerResolutionUs / 1000 / variant.runsPerSample;
    const compared = (blocks: readonly Block[], look: number) =>
      comparePaired(blocks, { selfTestNoise: 0, resolutionMs, look });
    const isOpen = (blocks: readonly Block[], look: number) => !isSlow && mayBeWorthBuilding(compared(blocks, look));
    const { blocks, look } = await measureSteadyState(signal, sides, { budget, endMs, now, isOpen }, random, () =>
      this.#course.tick(),
    );
    const own = summarizeLatency(
      blocks.flatMap((block) => block.variant),
      { resolutionMs, groupSize: 2 },
    );
    return standInTiming(compared(blocks, look), [own.medianMs, own.p95Ms]);
  }

  async #open(signal: AbortSignal, files: ModelFiles, setting: OpenedSetting = this.#usual): Promise<Timed> {
    const { host } = this.#course;
    const { feeds, ep, threads, freeDimensions } = setting;
    const session = await host.sessions.open(signal, { files, ep, threads, freeDimensions, profile: false });
    try {
      const first = await session.run(feeds);
      const isWarm = first.ms > slowRunMs;
      const runMs = isWarm ? first.ms : (await warmUp(signal, session, warmUpMs, wallClock)).runMs;
      const runsPerSample = runsPerSampleFor(runMs, host.measuring.timerResolutionUs);
      return { files, session, runMs, runsPerSample, leadRuns: leadRunsFor(runMs) };
    } catch (error) {
      session.close();
      throw error;
    }
  }
}

/** A provider, its threads, and the inputs that are run. */
interface OpenedSetting extends Pick<TimedInputs, 'freeDimensions'> {
  readonly feeds: Feeds;
  readonly ep: ExecutionProvider;
  readonly threads: number;
}

interface Timed extends Side {
  readonly files: ModelFiles;
  readonly session: HostedSession;
  readonly runMs: number;
}
