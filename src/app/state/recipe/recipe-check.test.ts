import { expect, it } from 'vitest';
import { recipeOf } from '../../testing/work-fixtures';
import { recipeProblem } from './recipe-check';

it('names passes as the page does if their order makes no sense', () => {
  expect(recipeProblem(recipeOf('quantize-weights', 'fine-tune'))).toBe(
    '“Fine-tune” comes after “Quantize weights”, which replaces weights by integers that cannot be trained. Put it first.',
  );
  expect(recipeProblem(recipeOf('fine-tune', 'quantize-weights'))).toBeNull();
});
