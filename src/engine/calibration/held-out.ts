import type { CalibrationData } from '../data/calibration-data';
import type { Feeds } from '../data/feeds';

/**
 * What a calibration sample is for, by its place among those that are read, so that it is for the same in every pass of a recipe: a
 * step that is evaluated on samples that an earlier one fitted would always look worse than its start.
 */
export type SampleUse = 'fit' | 'validation' | 'test';

/**
 * Every fourth one is held out. Three of four of those choose what passes that remove parts keep (`validation`), and by the others these
 * choose nothing (`test`). Training, which reports no such figure, chooses by all that are held out.
 */
const uses: readonly SampleUse[] = (['validation', 'validation', 'validation', 'test'] as const).flatMap(
  (use): readonly SampleUse[] => ['fit', 'fit', 'fit', use],
);

/** Of so many samples one is to test by. */
export const samplesPerTest = uses.length;

export function useOfSample(position: number): SampleUse {
  return uses[position % uses.length]!;
}

/** Whether no pass that fits or trains is to fit to it. */
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
