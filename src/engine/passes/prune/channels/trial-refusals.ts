/** What passes that try smaller models on data tell where they cannot, or where it did not help. */
import type { Refusal } from '../../pass';

/** @param samples how many were given, which are too few; absent: there is no data. @param consequence the middle of the sentence. */
export function refuseData(samples: number | undefined, consequence: string): Refusal {
  const why = samples === undefined ? 'No data was given' : 'There are too few samples';
  return refuseWhole('no-data', `${why}: ${consequence}. Some 100 samples without labels are enough.`);
}

/** @param consequence what was done instead. */
export function refuseRun(error: unknown, consequence: string): Refusal {
  const message = error instanceof Error ? error.message : String(error);
  return refuseWhole('not-run', `The model does not run on the data, so ${consequence}: ${message}`);
}

export function refuseRepair(): Refusal {
  const reason =
    'Fitting the layers did not bring the outputs nearer to the original’s on held-out samples, so it was undone.';
  return refuseWhole('repair-undone', reason);
}

/** Of no node in particular. */
export function refuseWhole(code: string, reason: string): Refusal {
  return { path: 'graph', op: 'Graph', code, reason };
}
