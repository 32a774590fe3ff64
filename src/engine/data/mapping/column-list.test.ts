import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { openCsv } from '../readers/csv';
import { answerOf, memoryFile, quietContext } from '../testing/memory-files';
import { readSamples } from '../testing/read-samples';
import { checkMapping } from './check-mapping';
import {
  arrayOfColumns,
  columnsOf,
  joinColumns,
  unscaledColumns,
  withLabelColumn,
  withListedColumns,
  withOtherColumns,
} from './column-list';
import type { DataMapping } from './mapping';
import { createSampleFeeder } from './sample-feeds';

const openText = (text: string) => openCsv(memoryFile('homes.csv', new TextEncoder().encode(text)), quietContext);
/** Neither the name nor the values of "price" show that it is the label. */
const homes = await openText('rooms,city,area,price\n3,Oslo,70.5,1.25\n4,Rome,81,2.5\n');
const marked = await openText('a,b,label\n0.5,1.5,0\n2.5,3.5,1\n');

const inputsOf = (size: number) => [{ name: 'x', dtype: 'float32', shape: ['N', size] }];
const modelOf = (size: number) => ({
  inputs: inputsOf(size),
  outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 1] }],
});

async function fedBy(mapping: DataMapping, size: number, dataset = homes): Promise<readonly unknown[]> {
  const { description } = dataset;
  const feeder = createSampleFeeder({ mapping, description, inputs: inputsOf(size), freeDimensions: {} });
  return (await readSamples(dataset, feeder.fields)).map((sample) => {
    if (!('values' in sample)) return sample.reason;
    const { steps, label } = feeder.feed(sample);
    return [Array.from(steps[0]!.x!.data as Float32Array), label?.[0]];
  });
}

describe('withListedColumns', () => {
  const labels = { array: 'price' } as const;

  it('feeds all columns of numbers but the label that the mapping names', async () => {
    expect(await fedBy({ inputs: { x: { array: 'features' } }, labels }, 2)).toEqual([
      [[3, 70.5], 1.25],
      [[4, 81], 2.5],
    ]);
    expect(await fedBy({ inputs: { x: { array: 'features' } }, labels: { array: 'rooms' } }, 2)).toEqual([
      [[70.5, 1.25], 3],
      [[81, 2.5], 4],
    ]);
  });

  it('feeds listed columns in their order, scaled as an array is', async () => {
    expect(await fedBy({ inputs: { x: { array: ['area', 'rooms'], scale: 2 } }, labels }, 2)).toEqual([
      [[141, 6], 1.25],
      [[162, 8], 2.5],
    ]);
  });

  it('excludes a label candidate only if the mapping names no label', () => {
    const inputs = { x: { array: 'features' } };
    const listed = (chosen: DataMapping['labels']) =>
      withListedColumns({ inputs, labels: chosen }, marked.description).inputs.x;
    expect(listed(null)).toEqual({ array: ['a', 'b'] });
    expect(listed({ array: 'b' })).toEqual({ array: ['a', 'label'] });
  });

  it('changes nothing that names a single field', () => {
    const mapping: DataMapping = { inputs: { x: { array: 'rooms' }, z: { value: 1 } }, labels: null };
    expect(withListedColumns(mapping, homes.description)).toEqual(mapping);
  });
});

describe('checkMapping of listed columns', () => {
  const problems = (array: string | readonly string[], labels: DataMapping['labels'] = null, size = 2) =>
    checkMapping({ inputs: { x: { array } }, labels }, homes.description, modelOf(size));

  it('reports each problem of a column list', () => {
    expect(problems(['rooms', 'rom'])).toEqual([
      'homes.csv has no field "rom". It has "rooms", "city", "area", "price" and "features".',
    ]);
    expect(problems(['rooms', 'city'])[0]).toBe(
      'The column "city" of homes.csv contains texts. A list needs columns of numbers: leave it out.',
    );
    expect(problems(['rooms', 'features'])[0]).toMatch(/"features" of homes.csv contains no single numbers/);
    expect(problems(['rooms', 'price'], { array: 'price' })).toEqual([
      'The column "price" is the label but also feeds input "x", which reveals the answer to the model. Leave it out of the columns.',
    ]);
    expect(problems(['rooms'], { array: 'price' })[0]).toMatch(/^The list of 1 column has shape \[1\].*\[N, 2\]/);
    expect(problems(['rooms', 'area'], { array: 'price' })).toEqual([]);
  });

  it('lists columns of tables alone', () => {
    const arrays = { ...homes.description, name: 'x.npz', format: 'npz' } as const;
    expect(() => joinColumns(arrays, ['rooms'])).toThrow('Only table columns can be listed, and x.npz is not a table');
  });

  it('reports a table without a numeric column besides the label', async () => {
    const { description } = await openText('name,price\na,1.5\nb,2.5\n');
    const mapping = { inputs: { x: { array: 'features' } }, labels: { array: 'price' } };
    expect(checkMapping(mapping, description, modelOf(1))[0]).toMatch(/no numeric column besides the label/);
  });
});

describe('arrayOfColumns', () => {
  it('writes the name of all columns for just those, and a list for any other', () => {
    const write = (columns: readonly string[]) => arrayOfColumns(columns, homes.description, { array: 'price' });
    expect(write(['rooms', 'area'])).toBe('features');
    expect(write(['area', 'rooms'])).toEqual(['area', 'rooms']);
    expect(write(['rooms', 'area', 'price'])).toEqual(['rooms', 'area', 'price']);
  });

  it('inverts columnsOf for every choice of columns and label', () => {
    fc.assert(
      fc.property(
        fc.shuffledSubarray(['rooms', 'area', 'price']),
        fc.constantFrom(null, 'price', 'city'),
        (columns, label) => {
          const labels = label === null ? null : { array: label };
          const array = arrayOfColumns(columns, homes.description, labels);
          expect(columnsOf(array, homes.description, labels)).toEqual(columns);
        },
      ),
    );
  });
});

describe('withLabelColumn', () => {
  it('takes a new label out of the lists that feed inputs', () => {
    const mapping: DataMapping = { inputs: { x: { array: ['rooms', 'area'] }, z: { array: 'area' } }, labels: null };
    expect(withLabelColumn(mapping, { array: 'area' })).toEqual({
      inputs: { x: { array: ['rooms'] }, z: { array: 'area' } },
      labels: { array: 'area' },
    });
    expect(withLabelColumn(mapping, null)).toEqual(mapping);
    const only: DataMapping = { inputs: { x: { array: ['area'] } }, labels: null };
    expect(withLabelColumn(only, { array: 'area' }).inputs).toEqual(only.inputs);
  });
});

describe('requests for columns', () => {
  it('are refused by name, and a sample without a number in one is reported', async () => {
    const torn = await openText('a,b\n1,2\n3,\n5,6\n');
    const samples = await readSamples(torn, [{ name: 'x', columns: ['b', 'a'] }]);
    expect(samples.map((sample) => ('values' in sample ? 'read' : sample.reason))).toEqual([
      'read',
      'The column "b" has no value in this row.',
      'read',
    ]);
    expect(await answerOf(() => readSamples(torn, [{ name: 'x', columns: ['c'] }]))).toMatch(/no field "c"/);
  });
});

describe('withOtherColumns', () => {
  it('keeps the numbers of each column with it, and feeds a new one as it is', () => {
    const mapping = { array: ['a', 'b', 'c'], scale: [1, 2, 3], offset: 5 };
    expect(withOtherColumns(mapping, mapping.array, ['c', 'd', 'a'])).toEqual({
      array: ['c', 'd', 'a'],
      scale: [3, 1, 1],
      offset: 5,
    });
  });
});

describe('unscaledColumns', () => {
  it('names the added columns without a scale or offset of their own', () => {
    const mapping = { array: ['a', 'b'], scale: [2, 3], offset: [-1, 0] };
    expect(unscaledColumns(mapping, mapping.array)).toEqual([]);
    const more = withOtherColumns(mapping, mapping.array, ['a', 'b', 'c']);
    expect(unscaledColumns(more as typeof mapping, ['a', 'b', 'c'])).toEqual(['c']);
    expect(unscaledColumns({ array: ['a', 'b'] }, ['a', 'b'])).toEqual([]);
  });
});
