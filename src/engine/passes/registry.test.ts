import { expect, it } from 'vitest';
import { findPass, passById, passes } from './registry';

it('finds every pass by its id of now and of before, and none that only a later Pareto knows', () => {
  for (const pass of passes) expect(findPass(pass.id)).toBe(pass);
  expect(findPass('prune-magnitude')?.id).toBe('prune-weights');
  for (const unknown of ['from-the-future', 'constructor', '']) {
    expect(findPass(unknown)).toBeUndefined();
    expect(() => passById(unknown)).toThrow(`There is no pass “${unknown}”.`);
  }
});
