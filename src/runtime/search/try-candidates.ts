/** Makes candidates as files, and runs each on a few samples beside the original. */
import type { Candidate } from '../../engine/search/candidate';
import { lossOfMatch, screeningOf } from '../../engine/search/loss';
import { matchGrade } from '../../engine/metrics/match-grade';
import { describeFailure } from '../session/failure';
import type { MadeCandidate } from './made-candidates';
import type { OutputReference } from './output-reference';
import { until, type SearchCourse } from './search-course';

export class CandidateTrial {
  readonly #course: SearchCourse;
  readonly #reference: OutputReference;

  constructor(course: SearchCourse, reference: OutputReference) {
    this.#course = course;
    this.#reference = reference;
  }

  /** All that is planned, one after the other, until this share of the time is over; the others stay planned. */
  async tryAll(share: number): Promise<void> {
    const planned = this.#course.candidates.filter(({ stage }) => stage === 'planned' || stage === 'made');
    for (const [index, candidate] of planned.entries()) {
      this.#course.percent(`Trying ${candidate.name}`, (index / planned.length) * 45);
      // A model for which this share is too short has the next one too, rather than no candidate.
      const hasSome = this.#course.candidates.some(({ screening }) => screening !== undefined);
      const isMade = await this.#course.time.within(hasSome ? share : Math.max(share, until.judged), async (signal) => {
        await this.tryOne(signal, candidate);
        return true;
      });
      if (isMade !== true) return;
    }
  }

  /** Makes it and runs it beside the original. Rejects when the signal is aborted; what else goes wrong is told. */
  async tryOne(signal: AbortSignal, candidate: Candidate): Promise<void> {
    const { id } = candidate;
    try {
      const { optimization, files } = await this.#course.made.make(signal, candidate);
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
      this.#course.leave(id, 'failed', describeFailure(error, candidate.name, 'wasm'));
    }
  }

  /** Why it is not worth a run: a sentence. */
  #whyNot(candidate: Candidate, { passes, variant }: MadeCandidate['optimization']): string | undefined {
    const idle = passes.find(
      ({ id, changes }) => changes.length === 0 && (id !== 'simplify' || candidate.recipe.steps.length === 1),
    );
    if (idle !== undefined) return idle.refusals[0]?.reason ?? 'It changes nothing in this model.';
    const same = this.#course.candidates.find(
      (other) => other.id !== candidate.id && other.sha256 === variant.sha256 && other.screening !== undefined,
    );
    if (same !== undefined) return `It gives the same file as ${same.name}.`;
    const { sizeBytes: limit } = this.#course.request.goal.limits;
    if (limit !== undefined && variant.sizeBytes > limit) return 'It is larger than the limit.';
    return undefined;
  }
}
