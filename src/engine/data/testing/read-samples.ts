import type { Dataset, FieldRequest, ReadContext, SampleRead } from '../dataset';
import { quietContext } from './memory-files';

/** Reads fields of some samples, or of all. */
export async function readSamples(
  dataset: Dataset,
  fields: readonly FieldRequest[],
  indices: readonly number[] = Array.from({ length: dataset.description.samples }, (_, index) => index),
  context: ReadContext = quietContext,
): Promise<readonly SampleRead[]> {
  const samples: SampleRead[] = [];
  for await (const sample of dataset.read(indices, fields, context)) samples.push(sample);
  return samples;
}

/** The numbers or texts of one field, or the reason for which a sample cannot be read. */
export function valuesOf(samples: readonly SampleRead[], field: string): readonly unknown[] {
  return samples.map((sample) => {
    if (!('values' in sample)) return `${sample.place}: ${sample.reason}`;
    const value = sample.values[field];
    if (value?.kind !== 'tensor') return value;
    const values = Array.from(value.tensor.data as ArrayLike<unknown>);
    return value.tensor.dims.length === 0 ? values[0] : values;
  });
}
