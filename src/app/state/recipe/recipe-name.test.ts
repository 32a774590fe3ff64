import { describe, expect, it } from 'vitest';
import { downloadName } from './download-actions';
import { nameMade, nameRecipe } from '../../../engine/recipe/recipe-name';
import type { Recipe, RecipeStep } from '../../../engine/recipe/recipe';

const recipe = (...steps: Partial<RecipeStep>[]): Recipe => ({
  version: 1,
  seed: 0,
  steps: steps.map((step) => ({ pass: 'quantize-dynamic', enabled: true, options: {}, ...step })),
});
const prune = { pass: 'prune-weights', options: { amount: 0.5 } };

describe('names', () => {
  it('describe the effect of a recipe', () => {
    expect(nameRecipe(recipe({}))).toBe('int8 (dynamic)');
    expect(nameRecipe(recipe({ options: { opTypes: ['MatMul', 'Conv'], perChannel: true } }))).toBe(
      'int8 (dynamic, with Conv, per channel)',
    );
    expect(nameRecipe(recipe(prune, {}))).toBe('50 % zeros, int8 (dynamic)');
    const named = { remove: 0, ratioByLayer: { a: 0.25, b: 0.25 } };
    expect(nameRecipe(recipe({ pass: 'prune-channels', options: named }))).toBe('Fewer channels in 2 layers');
    expect(nameRecipe(recipe({ enabled: false }))).toBe('Unchanged');
    expect(nameRecipe(recipe({ pass: 'simplify' }, prune))).toBe('50 % zeros');
    expect(nameRecipe(recipe({ pass: 'simplify' }))).toBe('Simplified');
    const weights = { pass: 'quantize-weights', options: { method: 'by-layer' } };
    expect(nameRecipe(recipe(weights))).toBe('4-bit weights (without data)');
    const eightBits = { ...weights, options: { ...weights.options, bits: '8', blockSize: '0' } };
    expect(nameRecipe(recipe(eightBits))).toBe('8-bit weights');
    expect(nameRecipe(recipe({ ...weights, options: { method: 'rtn', blockSize: '0' } }))).toBe(
      '4-bit weights (per channel, to nearest)',
    );
    expect(nameRecipe(recipe({}, { pass: 'shorten-names' }))).toBe('int8 (dynamic)');
    expect(nameRecipe(recipe({ pass: 'shorten-names' }))).toBe('Short names');
    expect(nameRecipe(recipe({ pass: 'fold-constants' }))).toBe('Fold constants');
  });

  it('name only passes that changed the model, if any did', () => {
    const [changed, idle] = [{ changes: [{ path: 'a', op: 'Conv', what: 'changed' }] }, { changes: [] }];
    expect(nameMade(recipe(prune, {}), [changed, idle])).toBe('50 % zeros');
    expect(nameMade(recipe(prune, { enabled: false }, {}), [idle, changed])).toBe('int8 (dynamic)');
    expect(nameMade(recipe(prune, {}), [idle, idle])).toBe('50 % zeros, int8 (dynamic)');
  });

  it('mark the downloaded file', () => {
    expect(downloadName('model.onnx', recipe({}))).toBe('model_quantized.onnx');
    expect(downloadName('Model.ONNX', recipe(prune, {}))).toBe('Model_pruned_quantized.onnx');
    expect(downloadName('model.onnx', recipe({ enabled: false }))).toBe('model_reencoded.onnx');
  });
});
