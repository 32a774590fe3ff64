import type { Dataset, ReadContext, SampleRead } from '../dataset';
import { quietContext } from './memory-files';

/** All samples, or those of `indices`, with these fields. */
export async function readSamples(
  dataset: Dataset,
  fields: readonly string[],
  indices: readonly number[] = Array.from({ length: dataset.description.samples }, (_, index) => index),
  context: ReadContext = quietContext,
): Promise<SampleRead[]> {
  const samples: SampleRead[] = [];
  for await (const sample of dataset.read(indices, fields, context)) samples.push(sample);
  return samples;
}
