import { describe, expect, it } from 'vitest';
import type { ModelFacts } from '../search/model-facts';
import { suggestRecipe } from './suggest-recipe';

const floats: ModelFacts = {
  sizeBytes: 450_000,
  macShares: { convolutions: 0.98, products: 0.02 },
  hasConvolutions: true,
  hasProducts: true,
  floatShare: 1,
  largestTable: null,
};
const stepsOf = (facts: Partial<ModelFacts>, calibrates: boolean) =>
  suggestRecipe({ ...floats, ...facts }, calibrates).steps.map(({ pass, options }) => ({ pass, bits: options.bits }));

describe('the recipe that a model opens with', () => {
  it('stores weights in 4 bits with data and in 8 without', () => {
    expect(stepsOf({}, true)).toEqual([{ pass: 'simplify' }, { pass: 'quantize-weights' }]);
    expect(stepsOf({}, false)).toEqual([{ pass: 'simplify' }, { pass: 'quantize-weights', bits: '8' }]);
  });

  it('only simplifies what is quantized already', () => {
    expect(stepsOf({ floatShare: 0.02 }, true)).toEqual([{ pass: 'simplify' }]);
  });
});
