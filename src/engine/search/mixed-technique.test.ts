import { describe, expect, it } from 'vitest';
import { resolveRecipe } from '../recipe/pipeline';
import { mixOrder } from './mixed-precision';
import { mixedCandidate, obstacleToMixing, triedMixtures, weightLevels } from './mixed-technique';
import { usualGoal } from './search-goal';
import { judgedCandidate } from './testing/made-candidate';

const loss = (value: number, high: number) => ({ value, interval: [value - 0.002, high] as const });
const tried = (candidates: Parameters<typeof triedMixtures>[0], limits: Partial<typeof usualGoal.limits> = {}) =>
  triedMixtures(candidates, { objective: 'size', limits: { ...usualGoal.limits, ...limits } }, 1000).map(
    ({ steps, holds }) => [steps, holds],
  );

describe('mixed precision in a search', () => {
  it('is a plain recipe that names its layers, and runs as any other', () => {
    const levels = weightLevels.map((level, index) => ({ ...level, savedBytes: 10 * (index + 1), loss: 2 ** index }));
    const order = mixOrder([
      { name: 'conv', levels: levels.slice(0, 1) },
      { name: 'first', levels: levels.slice(0, 3) },
      { name: 'last', levels },
    ]);
    const { id, name, recipe } = mixedCandidate(order, order.length, 3);
    expect([id, name]).toEqual([`mixed-weights-${order.length}`, 'Mixed bits: 8 in 1 layer, 4 in 1, 2 in 1']);
    const [, quantize] = resolveRecipe(recipe);
    expect(quantize?.step.options).toMatchObject({
      method: 'gptq',
      include: expect.arrayContaining(['conv', 'first', 'last']) as string[],
      bitsByLayer: { conv: 8, first: 4, last: 2 },
      blockSizeByLayer: { first: 0 },
    });
    expect(recipe.seed).toBe(3);
  });

  it('says why it is not tried', () => {
    const facts = {
      sizeBytes: 1000,
      macShares: null,
      weightShares: { convolutions: 0, products: 1, recurrent: 0 },
      productWidth: 64,
      hasConvolutions: false,
      hasProducts: true,
      floatShare: 1,
      largestTable: null,
      calibrates: true,
    };
    expect(obstacleToMixing(facts, usualGoal)).toBeNull();
    expect(obstacleToMixing({ ...facts, floatShare: 0 }, usualGoal)).toMatch(/float32/);
    expect(obstacleToMixing({ ...facts, calibrates: false }, usualGoal)).toMatch(/no data/);
    expect(obstacleToMixing(facts, { objective: 'latency' })).toMatch(/nothing faster/);
    expect(obstacleToMixing(facts, { objective: 'latency', techniques: ['mixed-weights'] })).toBeNull();
  });

  it('holds what the whole interval keeps within the limit; where samples are too few to tell, half of it', () => {
    expect(
      tried([
        judgedCandidate('weights-4'),
        judgedCandidate('mixed-weights-1', { loss: loss(0.002, 0.006) }),
        judgedCandidate('mixed-weights-2', { loss: loss(0.004, 0.012) }),
        judgedCandidate('mixed-weights-3', { loss: { ...loss(0.004, 0.012), samples: 200 } }),
        judgedCandidate('mixed-weights-4', { loss: { ...loss(0.006, 0.012), samples: 200 } }),
        judgedCandidate('mixed-weights-5', { stage: 'held' }),
      ]),
    ).toEqual([
      [1, true],
      [2, false],
      [3, true],
      [4, false],
    ]);
  });

  it('believes other samples more than those that chose', () => {
    const judged = { ...judgedCandidate('').loss!, samples: 800 };
    const word = (confirmed: 'confirmed' | 'consistent', samples: number) =>
      tried([judgedCandidate('mixed-weights-1', { confirmed: { ...judged, samples, word: confirmed } })]);
    expect(word('confirmed', 800)).toEqual([[1, true]]);
    expect(word('consistent', 800)).toEqual([[1, false]]);
    // So few could not confirm one that loses nothing.
    expect(word('consistent', 200)).toEqual([[1, true]]);
  });

  it('goes on where a file is too large, and takes what the same file was judged by', () => {
    const { loss: _loss, ...large } = judgedCandidate('mixed-weights-1', { stage: 'eliminated', sizeBytes: 600 });
    const { loss: _same, ...same } = judgedCandidate('mixed-weights-2', { stage: 'eliminated', sha256: 'a' });
    expect(tried([large], { sizeBytes: 500 })).toEqual([[1, true]]);
    expect(tried([same])).toEqual([[2, false]]);
    expect(tried([same, judgedCandidate('weights-4', { sha256: 'a' })])).toEqual([[2, true]]);
  });
});
