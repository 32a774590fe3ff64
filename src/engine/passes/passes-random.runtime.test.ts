/** Random recipes of all passes on random models: what is written is valid, runs, and is the same each time. */
import { describe, expect, it } from 'vitest';
import { randomCases } from '../testing/random-cases';
import { checkRandomRecipe } from './testing/check-random-recipe.runtime';
import { randomCase } from './testing/random-case.runtime';

const cases = Array.from({ length: randomCases(12) }, (_, index) => 1 + index);

describe('passes on random models', () => {
  it('write models that are valid and run', async () => {
    const counts = new Map<string, number>();
    for (const number of cases) {
      const { checked, recipe, sampleCount, isRepeated } = randomCase(number);
      const { kind, problem } = await checkRandomRecipe(checked, recipe, sampleCount, isRepeated);
      expect(kind === 'failed' ? `${number}: ${problem}` : undefined).toBeUndefined();
      counts.set(kind, (counts.get(kind) ?? 0) + 1);
    }
    // Most of the cases must be good, or the test shows nothing.
    expect(counts.get('good')).toBeGreaterThan(cases.length / 2);
  });
});
