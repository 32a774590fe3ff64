import { expect, it } from 'vitest';
import { cellOf, contextOf, evaluationOf, recipeOf } from '../../testing/work-fixtures';
import { emptyWork } from '../workspace/workspace-store';
import { estimateTrainingMs } from './training-estimate';

const cell = cellOf('original', 'wasm');
const measured = { 'original|wasm': { ...cell, batch: 1, steady: { ...cell.steady, medianMs: 10 } } };

function recipeWith(pass: string, options = {}) {
  return { ...recipeOf(), steps: [{ pass, enabled: true, options }] };
}

const estimate = (recipe: ReturnType<typeof recipeOf>, cells = measured) =>
  estimateTrainingMs({ ...emptyWork, recipe, cells });

it('counts the samples of all batches at the speed of the original', () => {
  expect(estimate(recipeWith('fine-tune', { steps: 100, batch: 8 }))).toBe(100 * 8 * 50);
  expect(estimate(recipeWith('prune-channels', { rounds: 3, stepsPerRound: 100 }))).toBe(300 * 32 * 50);
  const evaluation = { ...evaluationOf('original'), samples: 10, runMs: 40 };
  const evaluations = { 'original|wasm': { evaluation, context: contextOf() as never } };
  const recipe = recipeWith('fine-tune', { steps: 100, batch: 8 });
  expect(estimateTrainingMs({ ...emptyWork, recipe, evaluations })).toBe(100 * 8 * 5 * 4);
});

it('ends with the limit of time, and estimates nothing without training or measurements', () => {
  expect(estimate(recipeWith('fine-tune', { timeLimitMinutes: 2 }))).toBe(120_000);
  expect(estimate(recipeWith('prune-channels'))).toBeNull();
  expect(estimate(recipeWith('quantize-weights'))).toBeNull();
  expect(estimate(recipeWith('of-tomorrow'))).toBeNull();
  expect(estimate(recipeWith('fine-tune', { steps: -1 }))).toBeNull();
  expect(estimateTrainingMs({ ...emptyWork, recipe: recipeWith('fine-tune') })).toBeNull();
});
