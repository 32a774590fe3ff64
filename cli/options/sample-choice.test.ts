import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { evaluatedSamples, splitOptions, type DataSplit } from '../../src/engine/data/split';
import type { Invocation } from '../command';
import { silentInvocation } from '../testing/silent-invocation';
import { sampleChoiceOf } from '../../src/work/evaluate';
import { readEvaluationOptions } from './evaluate-options';
import { samplesOption } from './sample-choice';

function invocationOf(options: string): Invocation {
  const words = options.split(' ');
  return silentInvocation(
    Object.fromEntries(
      words.flatMap((word, index) => (word.startsWith('--') ? [[word.slice(2), words[index + 1]!]] : [])),
    ),
  );
}

const choiceOf = async (options: string) =>
  sampleChoiceOf((await readEvaluationOptions(invocationOf(options))).settings);

it('takes the samples that the page takes, with the options that the page names', async () => {
  const split: fc.Arbitrary<DataSplit> = fc.record({
    seed: fc.nat(2 ** 32 - 1),
    calibration: fc.nat(300),
    evaluation: fc.option(fc.integer({ min: 1, max: 300 })),
  });
  await fc.assert(
    fc.asyncProperty(split, fc.nat(400), async (chosen, samples) => {
      const choice = await choiceOf(splitOptions(chosen));
      expect(choice).toEqual(chosen);
      expect(evaluatedSamples(samples, choice)).toEqual(evaluatedSamples(samples, chosen));
    }),
  );
});

it('takes the first samples without a seed', async () => {
  expect(evaluatedSamples(10, await choiceOf('--limit 3'))).toEqual([0, 1, 2]);
});

it('takes all samples for calibration if asked to, and a count otherwise', () => {
  expect(samplesOption(invocationOf('--samples all'))).toBe('all');
  expect(samplesOption(invocationOf('--samples 16'))).toBe(16);
  expect(samplesOption(invocationOf(''))).toBeUndefined();
  expect(() => samplesOption(invocationOf('--samples most'))).toThrow(/from 1 to 4294967295, or all, not “most”/);
});
