import { describe, expect, it } from 'vitest';
import type { Dataset, FieldRequest, SampleRead } from '../dataset';
import { createInputsReader, firstInputs } from '../read-inputs';
import type { DataMapping } from './mapping';
import { standardisePixels } from './pixel-statistics';

const context = { signal: new AbortController().signal, checkpoint: () => Promise.resolve() };
const inputs = [{ name: 'image', dtype: 'float32', shape: ['N', 8, 8] }] as const;

/** Samples of 8 × 8 bytes, all of one value each. */
function dataOf(values: readonly number[]): Dataset {
  return {
    description: {
      ...{ name: 'bytes.npz', format: 'npz', samples: values.length, sizeBytes: 64, notes: [] },
      fields: [{ name: 'pixels', kind: 'numbers', dtype: 'uint8', shape: [8, 8] }],
    },
    files: [],
    async *read(indices: readonly number[], _fields: readonly FieldRequest[]): AsyncGenerator<SampleRead> {
      for (const index of indices) {
        await Promise.resolve();
        const data = new Uint8Array(64).fill(values[index]!);
        yield { index, values: { pixels: { kind: 'tensor', tensor: { dtype: 'uint8', dims: [8, 8], data } } } };
      }
    },
  };
}

const mapping: DataMapping = { inputs: { image: { array: 'pixels' } }, labels: null };

describe('standardisePixels', () => {
  it('feeds pixels with mean 0 and deviation 1', async () => {
    const dataset = dataOf([0, 100, 200, 100]);
    const found = await standardisePixels(context, { dataset, mapping, inputs, freeDimensions: {} });
    expect(found.inputs).toEqual(['image']);
    const read = createInputsReader({ dataset, mapping: found.mapping, inputs, freeDimensions: {} });
    const fed = await firstInputs(read([0, 1, 2, 3], context), 4);
    const means = fed.map((feeds) => (feeds['image']!.data as Float32Array)[0]!);
    expect(means.map((value) => Math.round(value * 1e4))).toEqual([-14_142, 0, 14_142, 0]);
  });

  it('takes samples from all of the data', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index < 500 ? 0 : 200));
    const found = await standardisePixels(context, { dataset: dataOf(values), mapping, inputs, freeDimensions: {} });
    expect(found.mapping.inputs['image']).toMatchObject({ scale: 1 / 100, offset: -1 });
  });

  it('leaves a mapping alone that feeds no pixels, and an input of integers', async () => {
    const dataset = dataOf([0, 100]);
    const none: DataMapping = { inputs: { image: { value: 0 } }, labels: null };
    const request = { dataset, inputs, freeDimensions: {} };
    expect(await standardisePixels(context, { ...request, mapping: none })).toEqual({ mapping: none, inputs: [] });
    const integers = [{ ...inputs[0], dtype: 'uint8' }] as const;
    expect((await standardisePixels(context, { ...request, mapping, inputs: integers })).inputs).toEqual([]);
  });
});
