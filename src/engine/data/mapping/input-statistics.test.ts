import { describe, expect, it } from 'vitest';
import type { Dataset, FieldRequest, SampleRead } from '../dataset';
import { createInputsReader, firstInputs } from '../read-inputs';
import { openCsv } from '../readers/csv';
import { memoryFile } from '../testing/memory-files';
import { withLabelColumn } from './column-list';
import type { DataMapping } from './mapping';
import { standardizeInputs } from './input-statistics';

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

function numbersOf(found: DataMapping, name: string) {
  return found.inputs[name] as unknown as { readonly scale: readonly number[]; readonly offset: readonly number[] };
}

describe('standardizeInputs', () => {
  it('feeds pixels with mean 0 and deviation 1', async () => {
    const dataset = dataOf([0, 100, 200, 100]);
    const found = await standardizeInputs(context, { dataset, mapping, inputs, freeDimensions: {} });
    expect(found.inputs).toEqual(['image']);
    const read = createInputsReader({ dataset, mapping: found.mapping, inputs, freeDimensions: {} });
    const fed = await firstInputs(read([0, 1, 2, 3], context), 4);
    const means = fed.map((feeds) => (feeds['image']!.data as Float32Array)[0]!);
    expect(means.map((value) => Math.round(value * 1e4))).toEqual([-14_142, 0, 14_142, 0]);
  });

  it('takes samples from all of the data', async () => {
    const values = Array.from({ length: 1000 }, (_, index) => (index < 500 ? 0 : 200));
    const found = await standardizeInputs(context, { dataset: dataOf(values), mapping, inputs, freeDimensions: {} });
    expect(found.mapping.inputs['image']).toMatchObject({ scale: 1 / 100, offset: -1 });
  });

  it('leaves a mapping alone that feeds no pixels, and an input of integers', async () => {
    const dataset = dataOf([0, 100]);
    const none: DataMapping = { inputs: { image: { value: 0 } }, labels: null };
    const request = { dataset, inputs, freeDimensions: {} };
    expect(await standardizeInputs(context, { ...request, mapping: none })).toEqual({ mapping: none, inputs: [] });
    const integers = [{ ...inputs[0], dtype: 'uint8' }] as const;
    expect((await standardizeInputs(context, { ...request, mapping, inputs: integers })).inputs).toEqual([]);
  });

  it('gives each color of an array of bytes its own, wherever colors stand', async () => {
    const planes = Uint8Array.from({ length: 192 }, (_, at) =>
      at < 64 ? 10 : at < 128 ? 100 : at % 2 === 0 ? 0 : 200,
    );
    const pixels = Uint8Array.from(planes, (_, at) => planes[(at % 3) * 64 + Math.floor(at / 3)]!);
    for (const [dims, data] of [
      [[3, 8, 8], planes],
      [[8, 8, 3], pixels],
    ] as const) {
      const shape = ['N', ...dims];
      const dataset = colorData(dims, data);
      const colors = [{ name: 'image', dtype: 'float32', shape }];
      const found = await standardizeInputs(context, { dataset, mapping, inputs: colors, freeDimensions: {} });
      const { scale, offset } = numbersOf(found.mapping, 'image');
      expect(scale.map((value) => 1 / value)).toEqual([1, 1, 100].map((value) => expect.closeTo(value, 9)));
      expect(offset).toEqual([-10, -100, -1].map((value) => expect.closeTo(value, 9)));
    }
  });
});

function colorData(dims: readonly number[], data: Uint8Array): Dataset {
  const { description, ...rest } = dataOf([0]);
  return {
    ...rest,
    description: { ...description, fields: [{ name: 'pixels', kind: 'numbers', dtype: 'uint8', shape: dims }] },
    async *read() {
      await Promise.resolve();
      yield { index: 0, values: { pixels: { kind: 'tensor', tensor: { dtype: 'uint8', dims, data } } } };
    },
  };
}

describe('columns', () => {
  const table = ['rooms,area,year,price', '3,70,2001,1', '5,70,2003,2', '4,70,2005,3', ',90,9000,4'].join('\n');
  const takes = (columns: number) => [{ name: 'x', dtype: 'float32', shape: ['N', columns] }];
  const all: DataMapping = { inputs: { x: { array: 'features' } }, labels: { array: 'price' } };

  it('have separate mean and deviation over complete rows; constant columns are not divided', async () => {
    const dataset = await openCsv(memoryFile('homes.csv', new TextEncoder().encode(table)), context);
    const request = { dataset, mapping: all, inputs: takes(3), freeDimensions: {} };
    const { mapping: found } = await standardizeInputs(context, request);
    const [ofRooms, ofYears] = [Math.sqrt(2 / 3), Math.sqrt(8 / 3)];
    expect(found.inputs['x']).toEqual({
      array: ['rooms', 'area', 'year'],
      scale: [expect.closeTo(1 / ofRooms, 9), 1, expect.closeTo(1 / ofYears, 9)],
      offset: [expect.closeTo(-4 / ofRooms, 9), -70, expect.closeTo(-2003 / ofYears, 6)],
    });
    const relabeled = withLabelColumn(found, { array: 'area' });
    expect(relabeled.inputs['x']).toMatchObject({
      array: ['rooms', 'year'],
      offset: numbersOf(found, 'x').offset.toSpliced(1, 1),
    });
  });
});
