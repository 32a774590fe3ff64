/** Random models, simplified: every value that is left is the one of the original. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomCases } from '../../testing/random-cases';
import { randomModel, randomOpsets } from './testing/random-model';
import { checkRandomModel } from './testing/check-random-model.runtime';

const choice = fc.nat(999);
const steps = fc.array(fc.tuple(choice, choice, choice, choice), { minLength: 2, maxLength: 14 });
const numRuns = randomCases(80);

describe('simplify on random models', () => {
  it('gives the same answers', async () => {
    let invalid = 0;
    const property = fc.asyncProperty(
      steps,
      fc.constantFrom(...randomOpsets),
      fc.boolean(),
      fc.boolean(),
      async (list, opset, isSymbolic, isOldFile) => {
        const problem = await checkRandomModel(randomModel(opset, list, isSymbolic, isOldFile));
        if (problem?.startsWith('invalid')) invalid++;
        else expect(problem).toBeUndefined();
      },
    );
    await fc.assert(property, { seed: 20_261_125, numRuns });
    // Nearly all of the models must say something.
    expect(invalid).toBeLessThan(numRuns / 20);
  });
});
