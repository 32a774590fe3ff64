import { describe, expect, it } from 'vitest';
import { sameRecipe } from './same-recipe';
import type { Recipe } from './recipe';

const recipe = (...steps: Recipe['steps']): Recipe => ({ version: 1, seed: 0, steps });
const quantize = { pass: 'quantize-dynamic', enabled: true, options: {} };

describe('sameRecipe', () => {
  it('ignores passes that are off and the order of options', () => {
    const off = { pass: 'prune-weights', enabled: false, options: {} };
    expect(sameRecipe(recipe(quantize), recipe(off, quantize))).toBe(true);
    const a = { ...quantize, options: { perChannel: true, symmetric: true } };
    const b = { ...quantize, options: { symmetric: true, perChannel: true } };
    expect(sameRecipe(recipe(a), recipe(b))).toBe(true);
  });

  it('tells options, order and seeds apart', () => {
    const prune = { pass: 'prune-weights', enabled: true, options: { amount: 0.5 } };
    expect(sameRecipe(recipe(quantize, prune), recipe(prune, quantize))).toBe(false);
    expect(sameRecipe(recipe(prune), recipe({ ...prune, options: { amount: 0.6 } }))).toBe(false);
    expect(sameRecipe(recipe(quantize), { ...recipe(quantize), seed: 1 })).toBe(false);
  });
});
