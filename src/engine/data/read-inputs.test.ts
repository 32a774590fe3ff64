import { describe, expect, it } from 'vitest';
import type { Dataset, DatasetDescription } from './dataset';
import type { Feeds } from './feeds';
import { createInputsReader, firstInputs } from './read-inputs';

const description: DatasetDescription = {
  name: 'data.npz',
  format: 'npz',
  samples: 4,
  fields: [
    { name: 'x', kind: 'numbers', dtype: 'float32', shape: [2] },
    { name: 'y', kind: 'numbers', dtype: 'int64', shape: [] },
  ],
  sizeBytes: 1,
  notes: [],
};

/** Sample 1 cannot be read, and sample 2 does not fit; the others are [index, index]. */
function dataset(): Dataset & { readonly asked: string[]; ended: boolean } {
  return {
    description,
    files: [],
    asked: [],
    ended: false,
    async *read(indices, fields) {
      this.asked.push(...fields.map((field) => (typeof field === 'string' ? field : field.name)));
      try {
        for (const index of indices) {
          await Promise.resolve();
          const dims = [index === 2 ? 3 : 2];
          const data = new Float32Array(dims[0]!).fill(index);
          if (index === 1) yield { index, place: 'sample 1', reason: 'It is torn.' };
          else yield { index, values: { x: { kind: 'tensor', tensor: { dtype: 'float32', dims, data } } } };
        }
      } finally {
        this.ended = true;
      }
    },
  };
}

function read(from: Dataset, indices: readonly number[], mapped = 'x', batch: number | string = 'N') {
  const reader = createInputsReader({
    dataset: from,
    mapping: { inputs: { input: { array: mapped } }, labels: { array: 'y' } },
    inputs: [{ name: 'input', dtype: 'float32', shape: [batch, 2] }],
    freeDimensions: {},
  });
  return reader(indices, { signal: new AbortController().signal, checkpoint: () => Promise.resolve() });
}

const firstNumbers = (feeds: readonly Feeds[]) => feeds.map(({ input }) => Number(input!.data[0]));

describe('createInputsReader', () => {
  it('reads inputs without labels in batches of 1 and omits unreadable or unfit samples', async () => {
    const data = dataset();
    const feeds = await firstInputs(read(data, [0, 1, 2, 3]), 10);
    expect(firstNumbers(feeds)).toEqual([0, 3]);
    expect(feeds[0]!.input!.dims).toEqual([1, 2]);
    expect(data.asked).toEqual(['x']);
  });

  it('reads as many samples together as a fixed batch takes, and fills up the last', async () => {
    const feeds = await firstInputs(read(dataset(), [3, 0, 3], 'x', 2), 10);
    expect(feeds.map(({ input }) => [...input!.data].map(Number))).toEqual([
      [3, 3, 0, 0],
      [3, 3, 3, 3],
    ]);
    expect(feeds[0]!.input!.dims).toEqual([2, 2]);
  });

  it('refuses a mapping to a field that the data lacks', () => {
    expect(() => read(dataset(), [0], 'none')).toThrow(/none/);
  });
});

describe('firstInputs', () => {
  it('ends the reading when it has enough', async () => {
    const data = dataset();
    expect(firstNumbers(await firstInputs(read(data, [3, 0]), 1))).toEqual([3]);
    expect(data.ended).toBe(true);
  });
});
