import { beforeEach, describe, expect, it } from 'vitest';
import { newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { appStore } from '../window/app-store';
import { undo } from '../workspace/history';
import { setStepOption } from './recipe-actions';
import { addVariant, deleteVariant, renameVariant, selectVariant, takeVariantId } from './variant-actions';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

const state = () => workspaceStore.getState();

describe('variants', () => {
  beforeEach(() => {
    endWork();
    appStore.setState({ notices: [] });
    beginWork(originalOf());
  });

  it('gives each its own id, name and color', () => {
    for (let count = 0; count < 3; count += 1) addVariant(newVariant(takeVariantId()));
    expect(state().variants.map((variant) => variant.id)).toEqual(['variant-1', 'variant-2', 'variant-3']);
    expect(state().variants.map((variant) => variant.name)).toEqual([
      'int8 (dynamic)',
      'int8 (dynamic) (2)',
      'int8 (dynamic) (3)',
    ]);
    expect(state().variants.map((variant) => variant.colorIndex)).toEqual([0, 1, 2]);
  });

  it('reuses the color of a deleted variant, and never its id', () => {
    for (let count = 0; count < 3; count += 1) addVariant(newVariant(takeVariantId()));
    deleteVariant('variant-2');
    addVariant(newVariant(takeVariantId()));
    expect(state().variants.map((variant) => variant.colorIndex)).toEqual([0, 2, 1]);
    expect(state().selected).toBe('variant-4');
  });

  it('selects the neighbor of a deleted variant, at last the original', () => {
    addVariant(newVariant('variant-1'));
    addVariant(newVariant('variant-2'));
    deleteVariant('variant-2');
    expect(state().selected).toBe('variant-1');
    deleteVariant('variant-1');
    expect(state().selected).toBe('original');
  });

  it('shows the recipe of the variant that is selected', () => {
    addVariant(newVariant('variant-1', 'one', recipeOf('prune-weights')));
    addVariant(newVariant('variant-2', 'two', recipeOf('quantize-dynamic')));
    selectVariant('variant-1');
    expect(state().recipe.steps[0]?.pass).toBe('prune-weights');
    selectVariant('original');
    expect(state().recipe.steps[0]?.pass).toBe('prune-weights');
  });

  it('says that an edited recipe gives way to that of a variant, and undo brings it back', () => {
    addVariant(newVariant('variant-1', 'one', recipeOf('prune-weights')));
    addVariant(newVariant('variant-2', 'two', recipeOf('quantize-dynamic')));
    selectVariant('variant-1');
    expect(appStore.getState().notices).toEqual([]);
    setStepOption(0, 'amount', 0.7);
    selectVariant('variant-2', false);
    expect(appStore.getState().notices).toEqual([]);
    undo();
    selectVariant('variant-2');
    expect(appStore.getState().notices).toMatchObject([
      { undoable: true, text: 'The recipe of two is shown. The one you edited has not run yet.' },
    ]);
    selectVariant('variant-1');
    undo();
    expect(state().recipe.steps[0]?.options).toEqual({ amount: 0.7 });
    expect(state().selected).toBe('variant-1');
  });

  it('refuses an empty name and cuts a long one', () => {
    addVariant(newVariant('variant-1'));
    renameVariant('variant-1', '   ');
    expect(state().variants[0]?.name).toBe('int8 (dynamic)');
    renameVariant('variant-1', 'x'.repeat(200));
    expect(state().variants[0]?.name).toHaveLength(80);
  });
});
