import { beforeEach, describe, expect, it } from 'vitest';
import { presetById } from '../../../engine/recipe/presets';
import { dataOf, newVariant, originalOf } from '../../testing/work-fixtures';
import { changeDocument, undo } from '../workspace/history';
import { beginWork, endWork, workspaceStore, type Original } from '../workspace/workspace-store';
import { addStep, replaceRecipe } from './recipe-actions';
import { followSuggestion } from './suggested-recipe';
import { addVariant } from './variant-actions';

/** All of its weights are floats. */
function floatModel(name: string): Original {
  const original = originalOf(name);
  const { inspection } = original;
  const { weightBytes } = inspection;
  const precision = [
    {
      dtype: 'float32' as const,
      weights: 1,
      parameters: weightBytes / 4,
      elements: weightBytes / 4,
      bytes: weightBytes,
    },
  ];
  return { ...original, inspection: { ...inspection, precision } };
}

const stepsNow = () => workspaceStore.getState().recipe.steps;
const { steps: withoutData } = presetById('int8-weights').recipe;
const { steps: withData } = presetById('int4-weights').recipe;

function giveData(): void {
  changeDocument('Choose data', () => ({ data: dataOf() }));
  followSuggestion();
}

describe('the recipe that a model opens with', () => {
  beforeEach(() => {
    endWork();
    beginWork(floatModel('net.onnx'));
    followSuggestion();
  });

  it('changes with the data, and back with undo', () => {
    expect(stepsNow()).toEqual(withoutData);
    giveData();
    expect(stepsNow()).toEqual(withData);
    undo();
    expect(stepsNow()).toEqual(withoutData);
  });

  it('stays unchanged once a person edited it, also by choosing the suggestion', () => {
    replaceRecipe(presetById('int8-weights').recipe, 'Apply 8-bit weights');
    giveData();
    expect(stepsNow()).toEqual(withoutData);
    addStep('prune-weights');
    beginWork(floatModel('next.onnx'));
    followSuggestion();
    expect(stepsNow()).toHaveLength(withoutData.length + 1);
  });

  it('remains the recipe of the variants', () => {
    addVariant(newVariant('variant-1'));
    const before = stepsNow();
    giveData();
    expect(stepsNow()).toBe(before);
  });
});
