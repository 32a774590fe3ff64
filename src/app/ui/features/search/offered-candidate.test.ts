import { expect, it } from 'vitest';
import { judgedCandidate } from '../../../../engine/search/testing/made-candidate';
import { isOffered } from './offered-candidate';

it('offers what was judged and nobody has, the best too where the search was broken off before it was taken', () => {
  const small = judgedCandidate('small');
  expect(isOffered(small, [])).toBe(true);
  expect(isOffered(small, [{ id: 'variant-1', recipe: small.recipe }])).toBe(false);
  expect(isOffered(small, [{ id: 'variant-1', recipe: { ...small.recipe, seed: 1 } }])).toBe(true);
  // A point that stands for a file is there already, whatever its recipe is.
  expect(isOffered(small, [{ id: 'small', fromFile: 'theirs.onnx', recipe: { ...small.recipe, steps: [] } }])).toBe(
    false,
  );
  expect(isOffered({ ...small, stage: 'failed' }, [])).toBe(false);
  expect(isOffered({ ...small, loss: undefined }, [])).toBe(false);
});
