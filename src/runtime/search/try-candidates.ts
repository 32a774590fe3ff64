/** Makes candidates as files, and runs each on a few samples beside the original. */
import type { Candidate } from '../../engine/search/candidate';
import { endPasses } from '../../engine/search/goals';
import { lossOfMatch, screeningOf } from '../../engine/search/loss';
import { matchGrade } from '../../engine/metrics/match-grade';
import type { RecipeProgress } from '../../engine/recipe/pipeline';
import { describeFailure } from '../session/failure';
import type { MadeCandidate } from './made-candidates';
import type { OutputReference } from './output-reference';
import { PaceWatch } from './pace-watch';
import { until as shares, type SearchCourse } from './search-course';

/** How candidates begin and end: where that changes nothing, the rest may. */
const everyCandidateHas: ReadonlySet<string> = new Set(['simplify', ...endPasses]);

/** Until then at least one candidate may take. */
const latest = shares.judged;

export class CandidateTrial {
  readonly #course: SearchCourse;
  readonly #reference: OutputReference;

  constructor(course: SearchCourse, reference: OutputReference) {
    this.#course = course;
    this.#reference = reference;
  }

  /**
   * All that is planned, one after the other, as far as it is begun before this share of the time is over; it may take until `end`. What
   * most likely takes longer is passed over. Those for which there was no time stay planned.
   * @param isTried leaves others for later.
   */
  async tryAll(share: number, end = share, isTried: (candidate: Candidate) => boolean = () => true): Promise<void> {
    const { time, made } = this.#course;
    const planned = this.#course.candidates.filter(
      (candidate) => (candidate.stage === 'planned' || candidate.stage === 'made') && isTried(candidate),
    );
    for (const [index, candidate] of planned.entries()) {
      this.#course.percent(`Trying ${candidate.name}`, (index / planned.length) * 45);
      // A model for which this share is too short has the next one too, rather than no candidate.
      const hasSome = this.#course.candidates.some(({ screening }) => screening !== undefined);
      if (hasSome && time.leftMs(share) === 0) return;
      const until = hasSome ? end : Math.max(end, latest);
      if (made.expectedMs(candidate) > time.leftMs(until)) continue;
      await time.within(until, (signal) => this.#tryWhileItMayEnd(signal, candidate, until));
    }
  }

  /** Ends what would not be made in time, as far as it tells how far it is, before more is spent on it. */
  async #tryWhileItMayEnd(signal: AbortSignal, candidate: Candidate, until: number): Promise<void> {
    const { time } = this.#course;
    const hopeless = new AbortController();
    const watch = new PaceWatch(time.leftMs(until), () => time.spentMs);
    const onProgress = (progress: RecipeProgress): void => {
      if (watch.isHopeless(progress)) hopeless.abort();
    };
    try {
      await this.tryOne(AbortSignal.any([signal, hopeless.signal]), candidate, onProgress);
    } catch (error) {
      signal.throwIfAborted();
      if (!hopeless.signal.aborted) throw error;
    }
  }

  /** Makes it and runs it beside the original. Rejects when the signal is aborted; what else goes wrong is told. */
  async tryOne(
    signal: AbortSignal,
    candidate: Candidate,
    onProgress?: (progress: RecipeProgress) => void,
  ): Promise<void> {
    const { id } = candidate;
    try {
      const { optimization, files } = await this.#course.made.make(signal, candidate, {
        ...(onProgress && { onProgress }),
      });
      const { sizeBytes, sha256, macs } = optimization.variant;
      const refused = this.#whyNot(candidate, optimization);
      this.#course.tell({ kind: 'made', id, sizeBytes, sha256, macs });
      if (refused !== undefined) return this.#course.leave(id, 'eliminated', refused);
      const match = await this.#reference.compare(signal, files);
      this.#course.tell({ kind: 'screened', id, screening: screeningOf(match) });
      const grade = matchGrade(match);
      if (grade === 'wrong' || grade === 'not-comparable') {
        return this.#course.leave(id, 'failed', match.problem ?? 'Its outputs are wrong.');
      }
      const loss = lossOfMatch(match);
      if (this.#course.request.data === null && loss !== undefined) this.#course.tell({ kind: 'judged', id, loss });
    } catch (error) {
      if (signal.aborted) throw error;
      // Not the candidate's fault: it is tried again when the data is back.
      this.#course.made.throwIfDataIsLost();
      this.#course.leave(id, 'failed', describeFailure(error, candidate.name, 'wasm'));
    }
  }

  /** Why it is not worth a run: a sentence. */
  #whyNot(candidate: Candidate, { passes, variant }: MadeCandidate['optimization']): string | undefined {
    const idle = passes.find(({ id, changes }) => changes.length === 0 && !everyCandidateHas.has(id));
    const isNothing = passes.every(({ changes }) => changes.length === 0);
    if (idle !== undefined || isNothing) return idle?.refusals[0]?.reason ?? 'It changes nothing in this model.';
    const same = this.#course.candidates.find(
      (other) => other.id !== candidate.id && other.sha256 === variant.sha256 && other.screening !== undefined,
    );
    if (same !== undefined) return `It gives the same file as ${same.name}.`;
    const { sizeBytes: limit } = this.#course.request.goal.limits;
    if (limit !== undefined && variant.sizeBytes > limit) return 'It is larger than the limit.';
    return undefined;
  }
}
