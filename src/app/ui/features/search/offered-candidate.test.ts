import { expect, it } from 'vitest';
import { evaluatedCandidate } from '../../../../engine/search/testing/made-candidate';
import { isOffered } from './offered-candidate';

it('offers evaluated candidates that are not variants yet, also the best of a stopped search', () => {
  const small = evaluatedCandidate('small');
  expect(isOffered(small, [])).toBe(true);
  expect(isOffered(small, [{ recipe: small.recipe }])).toBe(false);
  expect(isOffered(small, [{ recipe: { ...small.recipe, seed: 1 } }])).toBe(true);
  expect(isOffered({ ...small, stage: 'failed' }, [])).toBe(false);
  expect(isOffered({ ...small, loss: undefined }, [])).toBe(false);
});
