import { describe, expect, it } from 'vitest';
import { createCalibrationData } from './calibration';
import type { Dataset, SampleRead } from './dataset';
import { openCsv } from './readers/csv';
import { splitSamples } from './split';
import { memoryFile, quietContext } from './testing/memory-files';

const split = { seed: 5, calibration: 4, evaluation: null };
const mapping = { inputs: { x: { array: 'x' } }, labels: { array: 'labels' } } as const;
const inputs = [{ name: 'x', dtype: 'float32', shape: ['N', 2] }] as const;

/** Sample i is [i, i]; of one the reading fails, another has too many values. */
function dataOf({ unreadable = -1, long = -1 } = {}): Dataset {
  return {
    description: {
      name: 'made.npz',
      format: 'npz',
      samples: 10,
      fields: [
        { name: 'x', kind: 'numbers', dtype: 'float32', shape: [null] },
        { name: 'labels', kind: 'numbers', dtype: 'int64', shape: [] },
      ],
      sizeBytes: 0,
      notes: [],
    },
    files: [],
    async *read(indices, fields): AsyncGenerator<SampleRead> {
      expect(fields).toEqual(['x']);
      for (const index of indices) {
        await Promise.resolve();
        const data = new Float32Array(index === long ? 3 : 2).fill(index);
        const tensor = { dtype: 'float32', dims: [data.length], data };
        if (index === unreadable) yield { index, place: 'here', reason: 'Broken.' };
        else yield { index, values: { x: { kind: 'tensor', tensor } } };
      }
    },
  };
}

function calibrate(dataset: Dataset, more = {}) {
  const request = { dataset, fingerprint: 'abc', mapping, split, inputs, freeDimensions: {}, ...more };
  return createCalibrationData(request, quietContext);
}

async function firstValues(dataset: Dataset): Promise<unknown[]> {
  const values = [];
  for await (const feeds of calibrate(dataset).feeds()) values.push(feeds.x?.data[0]);
  return values;
}

describe('createCalibrationData', () => {
  const { calibration } = splitSamples(10, split);

  it('feeds the calibration part, one sample at a time, without its labels, as often as asked', async () => {
    const data = calibrate(dataOf());
    expect(data.samples).toBe(4);
    for (let time = 0; time < 2; time++) {
      const seen = [];
      for await (const { x } of data.feeds()) {
        expect(x?.dims).toEqual([1, 2]);
        seen.push(x?.data[0]);
      }
      expect(seen).toEqual(calibration);
    }
  });

  it('omits samples that are unreadable or do not fit', async () => {
    const [first, second, ...rest] = calibration;
    expect(await firstValues(dataOf({ unreadable: first, long: second }))).toEqual(rest);
  });

  it('has another fingerprint for other data, other samples and another mapping', () => {
    const fingerprints = [
      calibrate(dataOf()),
      calibrate(dataOf(), { fingerprint: 'abd' }),
      calibrate(dataOf(), { split: { ...split, seed: 6 } }),
      calibrate(dataOf(), { mapping: { ...mapping, inputs: { x: { array: 'x', scale: 2 } } } }),
    ].map(({ fingerprint }) => fingerprint);
    expect(new Set(fingerprints).size).toBe(4);
  });

  it('feeds the columns of a table without its label, and knows another label for another calibration', async () => {
    const text = new TextEncoder().encode('a,b,price\n1,2,3.5\n4,5,6.5\n7,8,9.5\n');
    const dataset = await openCsv(memoryFile('homes.csv', text), quietContext);
    const calibrateBy = (label: string) =>
      calibrate(dataset, {
        mapping: { inputs: { x: { array: 'features' } }, labels: { array: label } },
        split: { seed: 0, calibration: 3, evaluation: null },
      });
    const fed: number[][] = [];
    for await (const { x } of calibrateBy('price').feeds()) fed.push(Array.from(x!.data as Float32Array));
    expect(fed).toEqual([
      [1, 2],
      [4, 5],
      [7, 8],
    ]);
    expect(calibrateBy('a').fingerprint).not.toBe(calibrateBy('price').fingerprint);
  });

  it('refuses a mapping that does not fit', () => {
    expect(() => calibrate(dataOf(), { mapping: { inputs: {}, labels: null } })).toThrow('has no entry for input "x"');
  });
});
