import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluatedSamples, splitOptions, type DataSplit } from '../../src/engine/data/split';
import type { Invocation } from '../command';
import { silentInvocation } from '../testing/silent-invocation';
import { readCalibrationCount, readSampleChoice } from './sample-choice';

function invocationOf(options: string): Invocation {
  const words = options.split(' ');
  return silentInvocation(
    Object.fromEntries(
      words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1]!]] : [])),
    ),
  );
}

it('takes the samples that the page takes, with the options that the page names', () => {
  const split: fc.Arbitrary<DataSplit> = fc.record({
    seed: fc.nat(2 ** 32 - 1),
    calibration: fc.nat(300),
    evaluation: fc.option(fc.integer({ min: 1, max: 300 })),
  });
  fc.assert(
    fc.property(split, fc.nat(400), (chosen, samples) => {
      const choice = readSampleChoice(invocationOf(splitOptions(chosen)), undefined);
      expect(choice).toEqual(chosen);
      expect(evaluatedSamples(samples, choice)).toEqual(evaluatedSamples(samples, chosen));
    }),
  );
});

it('takes the first ones where nobody gives a seed', () => {
  expect(evaluatedSamples(10, readSampleChoice(invocationOf('--limit 3'), undefined))).toEqual([0, 1, 2]);
});

it('takes all samples to calibrate with where it is asked to, and a count otherwise', () => {
  expect(readCalibrationCount(invocationOf('--samples all'))?.(1797)).toBe(1797);
  expect(readCalibrationCount(invocationOf('--samples 16'))?.(1797)).toBe(16);
  expect(readCalibrationCount(invocationOf(''))).toBeUndefined();
  expect(() => readCalibrationCount(invocationOf('--samples most'))).toThrow(
    /from 1 to 4294967295, or all, not “most”/,
  );
});
