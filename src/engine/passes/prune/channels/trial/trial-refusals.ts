/** Refusals of passes that try smaller models on data, if they cannot, or if it did not help. */
import { messageOf } from '../../../../errors';
import type { Feeds } from '../../../../data/feeds';
import { refuseWhole, type Refusal } from '../../../pass';
import type { TrialSamples } from './trial-samples';

/** @param samples how many were given, which are too few; absent: there is no data. @param consequence the middle of the sentence. */
export function refuseData(samples: number | undefined, consequence: string): Refusal {
  const why = samples === undefined ? 'No data was given' : 'There are too few samples';
  return refuseWhole('no-data', `${why}: ${consequence}. About 100 samples without labels are enough.`);
}

/** A refusal of data with non-finite numbers, which would spoil every sum. @param consequence the fallback. */
export function refuseUnusable({ fit, validation, test }: TrialSamples, consequence: string): Refusal | undefined {
  for (const feeds of [...fit, ...validation, ...test]) {
    const input = inputWithoutNumber(feeds);
    if (input === undefined) continue;
    const reason = `The data contains NaN or infinity for the input "${input}", so ${consequence}. Leave such samples out.`;
    return refuseWhole('not-finite-data', reason);
  }
  return undefined;
}

function inputWithoutNumber(feeds: Feeds): string | undefined {
  const isFloats = (data: unknown): data is Float32Array | Float64Array =>
    data instanceof Float32Array || data instanceof Float64Array;
  return Object.entries(feeds).find(
    ([, { data }]) => isFloats(data) && data.some((value) => !Number.isFinite(value)),
  )?.[0];
}

/** @param consequence what was done instead. */
export function refuseRun(error: unknown, consequence: string): Refusal {
  const message = messageOf(error);
  return refuseWhole('not-run', `The model does not run on the data, so ${consequence}: ${message}`);
}

export function refuseRepair(): Refusal {
  const reason =
    'Least squares did not bring the outputs closer to the original’s on held-out samples, so it was undone.';
  return refuseWhole('repair-undone', reason);
}
