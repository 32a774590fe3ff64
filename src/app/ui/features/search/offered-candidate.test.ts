import { expect, it } from 'vitest';
import { evaluatedCandidate } from '../../../../engine/search/testing/made-candidate';
import { isOffered } from './SearchView';

it('offers evaluated candidates that are not variants yet, also the best of a stopped search', () => {
  const small = evaluatedCandidate('small');
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
