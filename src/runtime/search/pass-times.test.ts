import { expect, it } from 'vitest';
import { recipeOf } from '../../engine/recipe/recipe';
import { PassTimes } from './pass-times';

const fewer = { pass: 'prune-channels', options: { remove: 0.3 } };
const half = { pass: 'prune-channels', options: { remove: 0.5 } };
const narrow = { pass: 'quantize-weights', options: { method: 'gptq' } };
const quick = { pass: 'quantize-weights', options: { method: 'by-layer' } };

it('estimates a recipe by the times of its passes in others, without finished ones', () => {
  const times = new PassTimes();
  expect(times.expectedMs(recipeOf([fewer, narrow]))).toBe(0);
  times.noteRun(recipeOf([fewer, narrow]), [{ ms: 30 }, { ms: 9 }]);
  expect(times.expectedMs(recipeOf([half, narrow]))).toBe(39);
  expect(times.expectedMs(recipeOf([fewer, quick]))).toBe(0);
});

it('expects a stopped pass to take as long again, without the passes before it', () => {
  const times = new PassTimes();
  times.noteStopped(recipeOf([fewer, narrow]), 1, 12);
  expect(times.expectedMs(recipeOf([fewer, narrow]))).toBe(12);
  expect(times.expectedMs(recipeOf([fewer, quick]))).toBe(0);
  times.noteRun(recipeOf([narrow]), [{ ms: 5 }]);
  expect(times.expectedMs(recipeOf([fewer, narrow]))).toBe(12);
});
