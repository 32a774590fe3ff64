/** Evaluations on data that records what the model gave, with real sessions. */
import { expect, it } from 'vitest';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import {
  dataOf,
  evaluateHere as evaluate,
  features,
  labelValue,
  labels,
  linear,
  samples,
  tensor,
  x,
} from './testing/made-evaluation';

const mapping: DataMapping = { inputs: { x: { array: 'x' } }, labels: null };
const original = { id: 'original', files: linear('N') };
const shifted = { id: 'shifted', files: linear('N', 1) };

/** The model returns its input, and that was recorded. One value of sample 0, whose first value is 0, has an error. */
const recordedWith = (error: number) =>
  dataOf({
    fields: [
      x,
      labels,
      {
        name: 'output_0',
        kind: 'numbers',
        dtype: 'float32',
        shape: [1, 3],
        recordedOutput: { name: 'y', position: 0 },
      },
    ],
    valuesOf(index) {
      const recorded = features(index);
      if (index === 0) recorded[0] = error;
      const values = { x: tensor(features(index), [3]), labels: labelValue(index % 3) };
      return index === 9 ? 'The file ends early.' : { ...values, output_0: tensor(recorded, [1, 3]) };
    },
  });

it('says of the original and of variants how near they are to the recording, without labels', async () => {
  const [first, second] = await evaluate({ models: [original, shifted], dataset: recordedWith(0.1), mapping });
  expect(first).toMatchObject({ samples: samples - 1, skipped: 1, accuracy: null });
  expect(first?.outputMatch).toBeUndefined();
  expect(first?.recorded).toMatchObject({
    samples: samples - 1,
    maxAbs: Math.fround(0.1),
    identical: false,
    valid: true,
  });
  // Σx² of the recording over the one error.
  const recorded = Array.from({ length: samples }, (_, index) => features(index)).filter((_, index) => index !== 9);
  recorded[0]![0] = 0.1;
  const signal = recorded.flatMap((row) => [...row]).reduce((sum, value) => sum + value * value, 0);
  expect(first?.recorded?.sqnrDb).toBeCloseTo(10 * Math.log10(signal / Math.fround(0.1) ** 2), 4);
  expect(second?.recorded).toMatchObject({
    valid: false,
    problem: expect.stringMatching(/"y" is unrelated to the recording's/),
  });
});

it('evaluates one model alone, beside labels if there are some', async () => {
  const [alone] = await evaluate({ models: [original], dataset: recordedWith(0.1), mapping });
  expect(alone?.recorded?.outputs).toEqual([expect.objectContaining({ name: 'y', maxAbs: Math.fround(0.1) })]);
  const labeled = { ...mapping, labels: { array: 'labels' } };
  const [evaluated] = await evaluate({ models: [original], dataset: recordedWith(0.1), mapping: labeled });
  expect(evaluated?.accuracy?.metrics.top1?.value).toBeCloseTo(0.9, 2);
  expect(evaluated?.recorded).toEqual(alone?.recorded);
});

it('requires the recorded output from the original, and only a related one from a variant', async () => {
  const models = [original, { id: 'same', files: linear('N') }];
  const [first, same] = await evaluate({ models, dataset: recordedWith(2), mapping });
  expect(first?.recorded?.sqnrDb).toBeLessThan(40);
  expect(first?.recorded).toMatchObject({
    valid: false,
    problem: expect.stringMatching(
      /^Output "y" of the unchanged model is not the recorded output \(1\d\.\d dB, at least 40/,
    ),
  });
  expect(same?.recorded).toMatchObject({ valid: true, sqnrDb: first?.recorded?.sqnrDb });
});
