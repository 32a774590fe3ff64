/** Calibration samples that are kept in memory, by their use. */
import { samplesPerTest, useOfSample, type SampleUse } from '../../../../calibration/held-out';
import type { CalibrationData } from '../../../../data/calibration-data';
import type { FeedData, Feeds } from '../../../../data/feeds';

export type TrialSamples = Readonly<Record<SampleUse, readonly Feeds[]>> & Pick<CalibrationData, 'about'>;

const fewestSamples = 8;
/** The mean over fewer samples is meaningless. */
const fewestTest = 4;
/** The fewest samples that leave some for the test alone. */
export const samplesForTest = fewestTest * samplesPerTest;
const mostSampleBytes = 256 * 2 ** 20;

/**
 * Reads the first samples, as many as are wanted and fit into memory. Returns `undefined` if there are too few to fit
 * and to evaluate. If there are too few for a test, the test samples join the validation samples.
 */
export async function readTrialSamples(data: CalibrationData, most: number): Promise<TrialSamples | undefined> {
  const samples: Record<SampleUse, Feeds[]> = { fit: [], validation: [], test: [] };
  let [read, bytes] = [0, 0];
  for await (const feeds of data.feeds()) {
    samples[useOfSample(read)].push(feeds);
    read += 1;
    bytes += Object.values(feeds).reduce((sum, { data: elements }) => sum + sizeOf(elements), 0);
    if (read >= most || bytes >= mostSampleBytes) break;
  }
  if (read < fewestSamples) return undefined;
  const { fit, validation, test } = samples;
  const about = data.about && { about: data.about };
  return test.length < fewestTest
    ? { fit, validation: [...validation, ...test], test: [], ...about }
    : { ...samples, ...about };
}

function sizeOf(data: FeedData): number {
  return ArrayBuffer.isView(data) ? data.byteLength : 0;
}
