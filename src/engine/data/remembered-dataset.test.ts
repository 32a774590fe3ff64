import { describe, expect, it } from 'vitest';
import type { Dataset, FieldRequest, SampleRead } from './dataset';
import { rememberSamples } from './remembered-dataset';
import { quietContext } from './testing/memory-files';

const floatsOfSample = 100;

/** Ten samples, the last of which cannot be read. Every read of a sample is noted. */
function countedDataset(): { readonly dataset: Dataset; readonly reads: number[] } {
  const reads: number[] = [];
  const window = new Float32Array(10 * floatsOfSample).map((_, at) => at);
  const dataset: Dataset = {
    description: { name: 'counted', format: 'npz', samples: 10, fields: [], sizeBytes: 0, notes: [] },
    files: [],
    async *read(indices, fields): AsyncGenerator<SampleRead> {
      for (const index of indices) {
        reads.push(index);
        const data = window.subarray(index * floatsOfSample, (index + 1) * floatsOfSample);
        const tensor = { dtype: 'float32', dims: [floatsOfSample], data };
        if (index === 9) yield { index, place: 'row 9', reason: 'It is damaged.' };
        else yield { index, values: { [String(fields[0])]: { kind: 'tensor', tensor } } };
      }
    },
  };
  return { dataset, reads };
}

async function firstNumbers(dataset: Dataset, indices: readonly number[], fields: readonly FieldRequest[] = ['x']) {
  const found: (number | bigint | string | undefined)[] = [];
  for await (const sample of dataset.read(indices, fields, quietContext)) {
    if (!('values' in sample)) found.push(sample.reason);
    else
      for (const value of Object.values(sample.values)) if (value.kind === 'tensor') found.push(value.tensor.data[0]);
  }
  return found;
}

describe('rememberSamples', () => {
  it('reads each sample once, in the order that was asked for', async () => {
    const { dataset, reads } = countedDataset();
    const remembered = rememberSamples(dataset);
    expect(await firstNumbers(remembered, [1, 4, 9])).toEqual([100, 400, 'It is damaged.']);
    expect(await firstNumbers(remembered, [0, 1, 2, 4, 9])).toEqual([0, 100, 200, 400, 'It is damaged.']);
    expect(reads).toEqual([1, 4, 9, 0, 2]);
  });

  it('keeps other fields apart', async () => {
    const { dataset, reads } = countedDataset();
    const remembered = rememberSamples(dataset);
    await firstNumbers(remembered, [3], ['x']);
    await firstNumbers(remembered, [3], ['y']);
    expect(reads).toEqual([3, 3]);
  });

  it('keeps no more than it may, and reads the others again', async () => {
    const { dataset, reads } = countedDataset();
    const remembered = rememberSamples(dataset, 2 * (4 * floatsOfSample + 64));
    await firstNumbers(remembered, [0, 1, 2]);
    expect(await firstNumbers(remembered, [0, 1, 2])).toEqual([0, 100, 200]);
    expect(reads).toEqual([0, 1, 2, 2]);
  });

  it('keeps its samples if a reader changes the returned ones', async () => {
    const { dataset } = countedDataset();
    const remembered = rememberSamples(dataset);
    for await (const sample of remembered.read([5], ['x'], quietContext)) {
      if ('values' in sample && sample.values['x']?.kind === 'tensor') {
        (sample.values['x'].tensor.data as Float32Array).fill(-1);
      }
    }
    expect(await firstNumbers(remembered, [5])).toEqual([500]);
  });

  it('stops reading the files if the consumer stops', async () => {
    const { dataset, reads } = countedDataset();
    for await (const sample of rememberSamples(dataset).read([2, 3, 4], ['x'], quietContext)) {
      expect(sample.index).toBe(2);
      break;
    }
    expect(reads).toEqual([2]);
  });
});
