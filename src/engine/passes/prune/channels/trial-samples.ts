/** Calibration samples that are kept in memory: some to fit with, others held out. */
import { isHeldOut } from '../../../calibration/held-out';
import type { CalibrationData } from '../../../data/calibration-data';
import type { FeedData, Feeds } from '../../../data/feeds';

export interface TrialSamples {
  readonly fit: readonly Feeds[];
  readonly heldOut: readonly Feeds[];
}

const fewestSamples = 8;
const mostSampleBytes = 256 * 2 ** 20;

/** The first samples, as many as are wanted and fit into memory; `undefined` where there are too few to fit with and hold out. */
export async function readTrialSamples(data: CalibrationData, most: number): Promise<TrialSamples | undefined> {
  const fit: Feeds[] = [];
  const heldOut: Feeds[] = [];
  let [read, bytes] = [0, 0];
  for await (const feeds of data.feeds()) {
    (isHeldOut(read) ? heldOut : fit).push(feeds);
    read += 1;
    bytes += Object.values(feeds).reduce((sum, { data: elements }) => sum + sizeOf(elements), 0);
    if (read >= most || bytes >= mostSampleBytes) break;
  }
  return read < fewestSamples ? undefined : { fit, heldOut };
}

function sizeOf(data: FeedData): number {
  return ArrayBuffer.isView(data) ? data.byteLength : 0;
}
