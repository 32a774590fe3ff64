import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';

/**
 * The use of a calibration sample, by its place among those that are read. Every pass of a recipe uses a sample alike.
 * Otherwise a step that is evaluated on samples that an earlier one was fitted to would always look worse than its
 * start.
 */
export type SampleUse = 'fit' | 'validation' | 'test';

/**
 * Every fourth one is held out. Three of four of those are for validation: passes that remove parts decide by them what
 * to keep. The others are for tests, and decide nothing in these passes. Training, which reports no such figure,
 * chooses by all that are held out.
 */
const uses: readonly SampleUse[] = (['validation', 'validation', 'validation', 'test'] as const).flatMap(
  (use): readonly SampleUse[] => ['fit', 'fit', 'fit', use],
);

/** One of this many samples is a test sample. */
export const samplesPerTest = uses.length;

/** The use of a calibration sample by its position in the data, counted from 0. */
export function useOfSample(position: number): SampleUse {
  return uses[position % uses.length]!;
}

/** True for samples that no pass may fit or train on. */
export function isHeldOut(position: number): boolean {
  return useOfSample(position) !== 'fit';
}

/** The samples at some of the positions. */
async function* samplesAt(
  data: Pick<CalibrationData, 'feeds'>,
  isWanted: (position: number) => boolean,
): AsyncGenerator<Feeds> {
  let position = 0;
  for await (const feeds of data.feeds()) if (isWanted(position++)) yield feeds;
}

/** The first of them, in memory. */
export async function readSamplesAt(
  data: Pick<CalibrationData, 'feeds'>,
  isWanted: (position: number) => boolean,
  most: number,
): Promise<readonly Feeds[]> {
  const samples: Feeds[] = [];
  for await (const feeds of samplesAt(data, isWanted)) if (samples.push(feeds) >= most) break;
  return samples;
}
