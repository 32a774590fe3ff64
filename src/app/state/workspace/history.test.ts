import { beforeEach, describe, expect, it } from 'vitest';
import { newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { redo, undo } from './history';
import { addStep, moveStep, removeStep, replaceRecipe, setStepEnabled, setStepOption } from '../recipe/recipe-actions';
import { addVariant, deleteVariant, renameVariant, selectVariant } from '../recipe/variant-actions';
import { beginWork, endWork, workspaceStore } from './workspace-store';

const passes = (): readonly string[] => workspaceStore.getState().recipe.steps.map((step) => step.pass);
const names = (): readonly string[] => workspaceStore.getState().variants.map((variant) => variant.name);

describe('undo and redo', () => {
  beforeEach(() => {
    endWork();
    beginWork(originalOf());
    replaceRecipe(recipeOf('a', 'b', 'c'), 'Start');
    workspaceStore.setState({ past: [], future: [], lastTag: null });
  });

  it('takes back and repeats every change of the recipe', () => {
    moveStep(0, 2);
    removeStep(0);
    addStep('d');
    setStepEnabled(0, false);
    expect(passes()).toEqual(['c', 'a', 'd']);
    for (let count = 0; count < 4; count += 1) undo();
    expect(passes()).toEqual(['a', 'b', 'c']);
    for (let count = 0; count < 4; count += 1) redo();
    expect(passes()).toEqual(['c', 'a', 'd']);
    expect(workspaceStore.getState().recipe.steps[0]?.enabled).toBe(false);
  });

  it('makes one step of typing into one field, and another of the next field', () => {
    setStepOption(0, 'amount', 0.1);
    setStepOption(0, 'amount', 0.12);
    setStepOption(0, 'amount', 0.125);
    setStepOption(0, 'scope', 'global');
    expect(workspaceStore.getState().past).toHaveLength(2);
    undo();
    expect(workspaceStore.getState().recipe.steps[0]?.options).toEqual({ amount: 0.125 });
    undo();
    expect(workspaceStore.getState().recipe.steps[0]?.options).toEqual({});
  });

  it('does not join typing across an undo', () => {
    setStepOption(0, 'amount', 0.1);
    setStepOption(0, 'scope', 'global');
    undo();
    setStepOption(0, 'amount', 0.2);
    undo();
    expect(workspaceStore.getState().recipe.steps[0]?.options).toEqual({ amount: 0.1 });
  });

  it('drops steps to redo after a new edit', () => {
    addStep('d');
    undo();
    addStep('e');
    redo();
    expect(passes()).toEqual(['a', 'b', 'c', 'e']);
  });

  it('brings a deleted variant back with its name, color and selection', () => {
    addVariant(newVariant('variant-1'));
    addVariant(newVariant('variant-2'));
    renameVariant('variant-2', 'mine');
    const before = workspaceStore.getState();
    deleteVariant('variant-2');
    expect(names()).toEqual(['int8 (dynamic)']);
    expect(workspaceStore.getState().selected).toBe('variant-1');
    undo();
    expect(workspaceStore.getState().variants).toEqual(before.variants);
    expect(workspaceStore.getState().selected).toBe('variant-2');
  });

  it('leaves measurements alone', () => {
    addVariant(newVariant('variant-1'));
    workspaceStore.setState({ gzipBytes: { 'variant-1': 5 } });
    undo();
    expect(workspaceStore.getState().variants).toHaveLength(0);
    expect(workspaceStore.getState().gzipBytes).toEqual({ 'variant-1': 5 });
    redo();
    expect(workspaceStore.getState().variants).toHaveLength(1);
  });

  it('makes no entry of a change that changes nothing', () => {
    moveStep(0, 0);
    moveStep(0, 9);
    removeStep(7);
    selectVariant('original');
    expect(workspaceStore.getState().past).toHaveLength(0);
  });

  it('does nothing with nothing to undo', () => {
    undo();
    redo();
    expect(passes()).toEqual(['a', 'b', 'c']);
  });
});
