/** Laying graphs out: beside jobs, since it takes a fraction of a second, but never while something is being measured. */
import type { GraphLayout, LayoutRequest } from '../../../engine/analysis/graphs/graph-layout';
import { whileNothingMeasures } from '../jobs/idle-work';
import { currentJobs, sentenceOf } from '../jobs/job-runner';

/** A graph on which the first step alone takes longer is not drawn. */
const endingMs = 15_000;

/** Rejects with the signal's reason, or with a sentence for people. */
export async function layOut(signal: AbortSignal, request: LayoutRequest): Promise<GraphLayout> {
  try {
    return await whileNothingMeasures(signal, (attempt) =>
      currentJobs().layouts.layout({ signal: AbortSignal.any([attempt, AbortSignal.timeout(endingMs)]) }, request),
    );
  } catch (error) {
    if (signal.aborted) throw error;
    const tookTooLong = error instanceof DOMException && error.name === 'TimeoutError';
    throw tookTooLong ? 'This graph is too large to draw. The Layers tab lists all nodes.' : sentenceOf(error);
  }
}
