import { expect, it } from 'vitest';
import { isParetoError } from '../../../errors';
import { resolveOptions } from '../../options';
import { pruneWeights } from './prune-weights';
import { patternOf } from './sparsity-pattern';

it('keeps N of M, with at least one kept and one removed', () => {
  expect(patternOf('2:4')).toEqual({ zeros: 2, of: 4 });
  expect(patternOf('1:32')).toEqual({ zeros: 31, of: 32 });
  expect(patternOf('31:32')).toEqual({ zeros: 1, of: 32 });
});

it.each(['0:4', '4:4', '4:2', '1:33', '2.5:4', '-1:4', ' 2:4', '02:4', 'n:m', '2:4:8', ''])(
  'refuses %j in a sentence that describes the option',
  (pattern) => {
    let problem: unknown;
    try {
      resolveOptions(pruneWeights, { pattern });
    } catch (error) {
      problem = error;
    }
    expect(isParetoError(problem) && problem.message).toBe(
      `prune-weights: option “pattern” cannot be “${pattern}”. It must be unstructured, 2:4, 4:8 or N:M (N of M neighboring inputs stay, N below M, M at most 32).`,
    );
  },
);
