import { beforeEach, expect, it } from 'vitest';
import { newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { findReproduced } from './made-by';
import { addVariant } from './variant-actions';

beforeEach(() => {
  beginWork(originalOf());
  return endWork;
});

it('finds the variant with the bytes or the recipe of the report, and none by its name alone', () => {
  const asked = { recipe: recipeOf('convert-float16'), variantFile: { sha256: 'b'.repeat(64), sizeBytes: 500 } };
  const found = () => findReproduced(workspaceStore.getState(), asked)?.id;
  addVariant(newVariant('other', 'float16'));
  expect(found()).toBeUndefined();
  addVariant(newVariant('same recipe', 'another name', asked.recipe));
  expect(found()).toBe('same recipe');
  const { inspection, ...made } = newVariant('same bytes', 'a third name', recipeOf('simplify'));
  addVariant({ ...made, inspection: { ...inspection, file: { ...inspection.file, ...asked.variantFile } } });
  expect(found()).toBe('same bytes');
});
