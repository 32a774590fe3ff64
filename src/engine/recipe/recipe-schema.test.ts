import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isParetoError } from '../errors';
import { parseRecipe, parseRecipeText } from './recipe-schema';

describe('parseRecipe', () => {
  it('completes a step with omitted fields', () => {
    const recipe = parseRecipe({ version: 1, seed: 2, steps: [{ pass: 'prune-weights' }] });
    expect(recipe).toEqual({ version: 1, seed: 2, steps: [{ pass: 'prune-weights', enabled: true, options: {} }] });
  });

  const split = { seed: 1, calibration: 100, evaluation: null };
  const mapping = { inputs: { x: { array: 'x' } }, labels: null };

  it('keeps how data is fed and split', () => {
    const recipe = { version: 1, seed: 0, steps: [], data: { mapping, split } };
    expect(parseRecipe(recipe)).toEqual(recipe);
  });

  it.each([
    [{ version: 1, seed: 0, steps: [], data: { split } }, 'recipe/invalid', /data\.mapping/],
    [
      { version: 1, seed: 0, steps: [], data: { mapping, split: { ...split, calibration: -1 } } },
      'recipe/invalid',
      /split/,
    ],
    [
      { version: 1, seed: 0, steps: [], data: { mapping: { inputs: { x: {} } }, split } },
      'recipe/invalid',
      /inputs\.x/,
    ],
    [{ version: 2, seed: 0, steps: [] }, 'recipe/version', /version 2/],
    [{ version: 1, seed: -1, steps: [] }, 'recipe/invalid', /seed/],
    [{ version: 1, seed: 0, steps: [{ pass: '' }] }, 'recipe/invalid', /steps\.0\.pass/],
    [{ version: 1, seed: 0, steps: [{ pass: 'a', options: { x: Infinity } }] }, 'recipe/invalid', /options\.x/],
    [{ version: 1, seed: 0, steps: Array.from({ length: 33 }, () => ({ pass: 'a' })) }, 'recipe/invalid', /steps/],
    [null, 'recipe/invalid', /the document/],
  ])('refuses %j', (value, code, message) => {
    expect(() => parseRecipe(value)).toThrow(
      expect.objectContaining({ code, message: expect.stringMatching(message) as string }),
    );
  });

  it.each([{}, { version: 1 }, { version: 1, seed: 'x', steps: [] }, { version: 1, seed: 0, steps: {} }, []])(
    'describes the needs of a recipe in one sentence, without the validator, for %j',
    (value) => {
      const refusal = /^This is not a recipe, because \S+(?: document)? is missing or wrong: a recipe is [^.]*\.$/;
      expect(() => parseRecipe(value)).toThrow(refusal);
      expect(() => parseRecipe(value)).not.toThrow(/Invalid|Expected|undefined/);
    },
  );

  it('answers anything with a recipe or a ParetoError', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        try {
          parseRecipeText(text);
        } catch (error) {
          expect(isParetoError(error)).toBe(true);
        }
      }),
    );
  });
});

describe('recipes of every version that was ever written', () => {
  it.each([1])('open: version %i', (version) => {
    const text = readFileSync(new URL(`./fixtures/recipe-${version}.json`, import.meta.url), 'utf8');
    const recipe = parseRecipeText(text);
    expect(recipe.steps.map(({ pass }) => pass)).toEqual(['simplify', 'quantize-dynamic', 'prune-weights']);
    expect(recipe.steps[1]?.options['perLayer']).toEqual({ conv1: 8, fc: 4 });
    expect(recipe.data?.mapping.labels).toMatchObject({ folders: true });
  });
});
