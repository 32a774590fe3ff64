/** Makes candidates as files, and runs each on a few samples beside the original. */
import type { Candidate, ChangedNodes } from '../../engine/search/candidate';
import { endPasses } from '../../engine/search/goals';
import { describeWrong } from '../../engine/search/techniques';
import { lossOfMatch, screeningOf } from '../../engine/search/loss';
import { matchGrade } from '../../engine/metrics/match-grade';
import type { RecipeProgress } from '../../engine/recipe/pipeline';
import { describeFailure } from '../session/failure';
import type { MadeCandidate } from './made-candidates';
import type { OutputReference } from './output-reference';
import { PaceWatch } from './pace-watch';
import { until as shares, type SearchCourse } from './search-course';

/** The first and last steps of candidates, which may change nothing while the rest does. */
const everyCandidateHas: ReadonlySet<string> = new Set(['simplify', ...endPasses]);

/** The share of the time that at least one candidate may take. */
const latest = shares.evaluated;

interface TrialOptions {
  /** Leaves others for later. */
  isTried?(candidate: Candidate): boolean;
  /** Sorts candidates. Absent: they are tried in the order of the plan. */
  compare?(a: Candidate, b: Candidate): number;
  /**
   * The reason not to begin a candidate after the results of those before it, in a sentence. `undefined`: it is begun. If present, nothing
   * is made ahead.
   */
  whyLeave?(candidate: Candidate): string | undefined;
  /**
   * The least time for the first candidate, even if no time is left, because a search without a result was in vain. 0
   * if absent.
   */
  readonly firstMs?: number;
  /** Runs after each screened candidate that is still of use. The next one is made at the same time. */
  onScreened?(id: string): Promise<void>;
  /** Work that nothing else may disturb: while it is due and done, nothing is made. */
  readonly undisturbed?: { isDue(): boolean; work(): Promise<void> };
}

const integerPasses: ReadonlySet<string> = new Set(['quantize-static', 'quantize-dynamic']);
const layerOperators: ReadonlySet<string> = new Set(['Conv', 'MatMul', 'Gemm', 'LSTM', 'GRU', 'ConvTranspose']);

/** Candidates that are made ahead of the one that runs, so that a long making and a long run need not wait for each other. */
const mostAhead = 2;

/** A candidate whose file is being made, or will be after the one before it. */
interface Begun {
  readonly place: number;
  readonly candidate: Candidate;
  /** `undefined`: there was no time, or it is left with its reason. */
  readonly making: Promise<MadeCandidate | undefined>;
  /** Making it and running it have at least so long. */
  readonly leastMs: number;
}

interface Span extends Pick<TrialOptions, 'undisturbed' | 'whyLeave'> {
  readonly share: number;
  readonly end: number;
  readonly firstMs: number;
  readonly signal: AbortSignal;
}

export class CandidateTrial {
  readonly #course: SearchCourse;
  readonly #reference: OutputReference;

  constructor(course: SearchCourse, reference: OutputReference) {
    this.#course = course;
    this.#reference = reference;
  }

  /**
   * Tries all planned candidates that can begin before this share of the time is over; they may take until `end`.
   * Candidates that most likely take longer are passed over. Candidates without time stay planned. The next two are
   * made, one after the other, while one runs: the passes and the sessions have a core each.
   */
  async tryAll(
    share: number,
    end = share,
    {
      isTried = () => true,
      compare,
      whyLeave,
      onScreened = () => Promise.resolve(),
      undisturbed,
      firstMs = 0,
    }: TrialOptions = {},
  ): Promise<void> {
    const tried = this.#course.candidates.filter(
      (candidate) => (candidate.stage === 'planned' || candidate.stage === 'made') && isTried(candidate),
    );
    const planned = compare === undefined ? tried : tried.toSorted(compare);
    const over = new AbortController();
    const span = { share, end, firstMs, undisturbed, whyLeave, signal: over.signal };
    const begun: Begun[] = [];
    let place = 0;
    const beginNext = (): void => {
      while (begun.length < (whyLeave === undefined ? mostAhead : 1)) {
        const next = this.#begin(planned, place, span, begun.at(-1));
        if (next === undefined) return;
        place = next.place + 1;
        begun.push(next);
      }
    };
    try {
      for (beginNext(); begun.length > 0; beginNext()) {
        const { candidate, making, leastMs } = begun[0]!;
        const made = await making;
        begun.shift();
        if (whyLeave === undefined) beginNext();
        if (made !== undefined && (await this.#screenInTime(candidate, made, { end, leastMs })))
          await onScreened(candidate.id);
        if (undisturbed?.isDue() !== true) continue;
        await Promise.all(begun.map((each) => each.making));
        await undisturbed.work();
      }
    } finally {
      over.abort(new DOMException('The trial time ran out.', 'AbortError'));
    }
  }

  /** Begins to make the next one that there is time for, after the one that is being made. */
  #begin(planned: readonly Candidate[], first: number, span: Span, before: Begun | undefined): Begun | undefined {
    const { share, end, firstMs, signal } = span;
    const { time, made } = this.#course;
    for (let place = first; place < planned.length; place++) {
      const candidate = planned[place]!;
      const reason = span.whyLeave?.(candidate);
      if (reason !== undefined) {
        this.#course.leave(candidate.id, 'eliminated', reason);
        continue;
      }
      // A model for which this share is too short has the next one too, rather than no candidate.
      const hasSome = place > 0 || this.#course.candidates.some(({ screening }) => screening !== undefined);
      if (hasSome && time.leftMs(share) === 0) return undefined;
      const until = hasSome ? end : Math.max(end, latest);
      const leastMs = hasSome ? 0 : firstMs;
      const leftMs = () => Math.max(time.leftMs(until), leastMs);
      if (made.expectedMs(candidate) > leftMs()) continue;
      const make = (own: AbortSignal) => this.#makeWhileItMayEnd(AbortSignal.any([own, signal]), candidate, leftMs());
      const isOutOfTime = () => (hasSome && time.leftMs(share) === 0) || made.expectedMs(candidate) > leftMs();
      const making = this.#makeAfter(before, async () => {
        // The one before may have taken the time, and work that nothing may disturb comes first.
        if (before !== undefined && (isOutOfTime() || span.undisturbed?.isDue() === true)) return undefined;
        this.#course.enter(`Trying ${candidate.name}`);
        return time.within(until, make, leastMs);
      });
      // The caller that awaits it receives the error.
      making.catch(() => undefined);
      return { place, candidate, making, leastMs };
    }
    return undefined;
  }

  /** Two are never made at once. If the one before fails, the search ends, and the work does not begin. */
  async #makeAfter(
    before: Begun | undefined,
    work: () => Promise<MadeCandidate | undefined>,
  ): Promise<MadeCandidate | undefined> {
    await before?.making;
    return work();
  }

  /** Ends work that would not finish in time, as far as its progress shows it, before more time is spent on it. */
  async #makeWhileItMayEnd(
    signal: AbortSignal,
    candidate: Candidate,
    leftMs: number,
  ): Promise<MadeCandidate | undefined> {
    const { time } = this.#course;
    const hopeless = new AbortController();
    const watch = new PaceWatch(leftMs, () => time.spentMs);
    const onProgress = (progress: RecipeProgress): void => {
      if (watch.isHopeless(progress)) hopeless.abort();
    };
    try {
      return await this.#makeOne(AbortSignal.any([signal, hopeless.signal]), candidate, onProgress);
    } catch (error) {
      signal.throwIfAborted();
      if (!hopeless.signal.aborted) throw error;
      return undefined;
    }
  }

  /** Screens a made candidate. It may run after `end`, because making it was expensive. False: there was no time, or it was left. */
  async #screenInTime(
    candidate: Candidate,
    made: MadeCandidate,
    { end, leastMs }: { readonly end: number; readonly leastMs: number },
  ): Promise<boolean> {
    const screen = (signal: AbortSignal) => this.#screenOne(signal, candidate, made);
    return (await this.#course.time.within(Math.max(end, latest), screen, leastMs)) === true;
  }

  /** Makes it and runs it beside the original. Rejects when the signal is aborted, and reports other failures. */
  async tryOne(signal: AbortSignal, candidate: Candidate): Promise<void> {
    const made = await this.#makeOne(signal, candidate);
    if (made !== undefined) await this.#screenOne(signal, candidate, made);
  }

  /** `undefined`: it is left, with the reason. */
  #makeOne(
    signal: AbortSignal,
    candidate: Candidate,
    onProgress?: (progress: RecipeProgress) => void,
  ): Promise<MadeCandidate | undefined> {
    return this.#orLeave(signal, candidate, async () => {
      const { id } = candidate;
      const made = await this.#course.made.make(signal, candidate, { ...(onProgress && { onProgress }) });
      const { sizeBytes, sha256, macs } = made.optimization.variant;
      const refused = this.#whyNot(candidate, made.optimization);
      const integers = this.#integersOf(made);
      this.#course.tell({ kind: 'made', id, sizeBytes, sha256, macs, ...(integers && { integers }) });
      if (refused === undefined) return made;
      this.#course.leave(id, 'eliminated', refused);
      return undefined;
    });
  }

  /** The operator with most nodes that compute in integers. `undefined`: none do. */
  #integersOf({ optimization: { passes } }: MadeCandidate): ChangedNodes | undefined {
    const { nodes } = this.#course.request.opened.inspection;
    const changes = passes.filter(({ id }) => integerPasses.has(id)).flatMap((pass) => pass.changes);
    const counted = [...layerOperators].map((op): ChangedNodes => {
      const paths = new Set(changes.filter((change) => change.op === op).map(({ path }) => path));
      return { op, changed: paths.size, all: nodes.filter((node) => node.op === op).length };
    });
    const [most] = counted.toSorted((a, b) => b.changed - a.changed);
    return most !== undefined && most.changed > 0 && most.changed <= most.all ? most : undefined;
  }

  /** `true`: its outputs are not wrong. */
  async #screenOne(signal: AbortSignal, candidate: Candidate, { files }: MadeCandidate): Promise<boolean | undefined> {
    return this.#orLeave(signal, candidate, async () => {
      const { id } = candidate;
      const match = await this.#reference.compare(signal, files);
      this.#course.tell({ kind: 'screened', id, screening: screeningOf(match) });
      const grade = matchGrade(match);
      if (grade === 'wrong' || grade === 'not-comparable') {
        this.#course.leave(id, 'failed', describeWrong(candidate, match.problem));
        return undefined;
      }
      const loss = lossOfMatch(match);
      const isEvaluated = this.#course.request.data === null || this.#course.plan.screeningEvaluates;
      if (isEvaluated && loss !== undefined) this.#course.tell({ kind: 'evaluated', id, loss });
      return true;
    });
  }

  async #orLeave<Value>(
    signal: AbortSignal,
    { id, name }: Candidate,
    work: () => Promise<Value | undefined>,
  ): Promise<Value | undefined> {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) throw error;
      // The candidate is not at fault: it is tried again when the data is back.
      this.#course.made.throwIfDataIsLost();
      this.#course.leave(id, 'failed', describeFailure(error, name, 'wasm'));
      return undefined;
    }
  }

  /** The reason not to run it, in a sentence. */
  #whyNot(candidate: Candidate, { passes, variant }: MadeCandidate['optimization']): string | undefined {
    const idle = passes.find(({ id, changes }) => changes.length === 0 && !everyCandidateHas.has(id));
    const isNothing = passes.every(({ changes }) => changes.length === 0);
    if (idle !== undefined || isNothing) return idle?.refusals[0]?.reason ?? 'It changes nothing in this model.';
    const { candidates } = this.#course;
    const place = candidates.findIndex(({ id }) => id === candidate.id);
    // One that stands before it is being run, or was.
    const same = candidates.find(
      ({ sha256, screening, stage }, at) =>
        at !== place && sha256 === variant.sha256 && (screening !== undefined || (at < place && stage === 'made')),
    );
    if (same !== undefined) return `Same file as ${same.name}.`;
    const { sizeBytes: limit } = this.#course.request.goal.limits;
    if (limit !== undefined && variant.sizeBytes > limit) return 'Above the size limit.';
    return undefined;
  }
}
