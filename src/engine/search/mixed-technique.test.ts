import { describe, expect, it } from 'vitest';
import type { OptionValues } from '../passes/option-spec';
import { resolveRecipe } from '../recipe/pipeline';
import { recipeOf } from '../recipe/recipe';
import { mixOrder } from './mixed-precision';
import {
  isUniformEnough,
  leastMixedBytes,
  mixedCandidate,
  mixedTechniques,
  planMixing,
  stepsNotSmaller,
  triedMixtures,
  type MixedTechnique,
} from './mixed-technique';
import { usualGoal } from './search-goal';
import { evaluatedCandidate } from './testing/made-candidate';

const [weights, channels, statics] = mixedTechniques as [MixedTechnique, MixedTechnique, MixedTechnique];
const goal = { objective: 'size', seed: 0 } as const;
const facts = { structureShare: 0.01 };
const loss = (value: number, high: number) => ({ value, interval: [value - 0.002, high] as const });
const tried = (candidates: Parameters<typeof triedMixtures>[1], limits: Partial<typeof usualGoal.limits> = {}) =>
  triedMixtures(weights, candidates, { objective: 'size', limits: { ...usualGoal.limits, ...limits } }, 1000).map(
    ({ steps, holds }) => [steps, holds],
  );

describe('mixed precision in a search', () => {
  it('is a plain recipe that names its layers, and runs as any other', () => {
    const levels = weights.levels.map((level, index) => ({ ...level, savedBytes: 10 * (index + 1), loss: 2 ** index }));
    const layers = [
      { name: 'conv', levels: levels.slice(0, 1) },
      { name: 'first', levels: levels.slice(0, 3) },
      { name: 'last', levels },
    ];
    const order = mixOrder(layers);
    const { id, name, recipe } = mixedCandidate(
      weights,
      { order, layers, steps: order.length },
      { ...goal, seed: 3 },
      facts,
    );
    expect([id, name]).toEqual([
      `mixed-weights-${order.length}`,
      'Mixed-bit weights: 8 in 1 layer, 4 in 1 (per channel), 2 in 1',
    ]);
    const [, quantize] = resolveRecipe(recipe);
    expect(quantize?.step.options).toMatchObject({
      method: 'gptq',
      include: expect.arrayContaining(['conv', 'first', 'last']) as string[],
      bitsByLayer: { conv: 8, first: 4, last: 2 },
      blockSizeByLayer: { first: 0 },
    });
    expect(recipe.seed).toBe(3);
  });

  it('has unique names, and is called mixed only if layers differ', () => {
    const losses = [1, 3, 9, 40];
    const layers = ['a', 'b', 'c'].map((name, at) => ({
      name,
      levels: weights.levels.map((level, index) => ({
        ...level,
        savedBytes: 100 * (index + 1),
        loss: losses[index]! * (1 + at / 7),
      })),
    }));
    const order = mixOrder(layers);
    const mixtures = order.map((_, index) => mixedCandidate(weights, { order, layers, steps: index + 1 }, goal, facts));
    const names = mixtures.map(({ name }) => name);
    expect(new Set(names).size).toBe(12);
    expect(names.filter((name) => !name.startsWith('Mixed-bit weights: '))).toEqual([
      '8-bit weights (every layer)',
      '4-bit weights (every layer)',
      '4-bit weights (per channel, every layer)',
      '2-bit weights (every layer)',
    ]);
    // A uniform mixture names no layer.
    expect(
      mixtures.flatMap(({ recipe }) => recipe.steps.slice(1, 2)).filter(({ options }) => !('include' in options)),
    ).toEqual(
      [
        { bits: '8', method: 'gptq', blockSize: '0', symmetric: true },
        { bits: '4', method: 'gptq', blockSize: '32', keepEnds: false },
        { bits: '4', method: 'gptq', blockSize: '0', keepEnds: false },
        { bits: '2', method: 'gptq', blockSize: '32', keepEnds: false },
      ].map((options) => ({ pass: 'quantize-weights', options, enabled: true })),
    );
  });

  it('mixes bits of a model with fewer channels, if there is time to choose its widths', () => {
    const layers = [{ name: 'a', levels: weights.levels.map((level) => ({ ...level, savedBytes: 10, loss: 1 })) }];
    const { id, name, recipe } = mixedCandidate(channels, { order: mixOrder(layers), layers, steps: 1 }, goal, facts);
    expect([id, name]).toEqual(['mixed-channels-1', '30 % fewer MACs, 8-bit weights (every layer)']);
    expect(resolveRecipe(recipe).map(({ step }) => step.pass)).toEqual([
      'simplify',
      'prune-channels',
      'quantize-weights',
      'store-float16',
    ]);
    const named = mixedCandidate(channels, { order: mixOrder(layers), layers, steps: 1 }, goal, {
      structureShare: 0.3,
    });
    expect(named).toMatchObject({ id, name });
    expect(resolveRecipe(named.recipe).at(-1)?.step.pass).toBe('shorten-names');
  });

  it('says why it is not tried', () => {
    const all = {
      sizeBytes: 1000,
      structureShare: 0.01,
      macShares: null,
      weightShares: { convolutions: 0, products: 1, recurrent: 0 },
      productWidth: 64,
      hasConvolutions: false,
      hasProducts: true,
      floatShare: 1,
      largestTable: null,
      calibrates: true,
    };
    const planned = (change: Partial<typeof all>, wanted: Partial<typeof usualGoal>) => {
      const { mixings, leftOut } = planMixing({ ...all, ...change }, { ...usualGoal, ...wanted });
      return [...mixings.map(({ technique }) => technique), ...leftOut.map(({ id, reason }) => `${id}: ${reason}`)];
    };
    const long = 'mixed-channels: It needs more than 60.0\u00a0s. Set the search time to 120\u00a0s.';
    expect(planned({}, {})).toEqual(['mixed-weights', long, expect.stringContaining('smaller')]);
    expect(planned({}, { budgetMs: 120_000 }).slice(0, 2)).toEqual(['mixed-weights', 'mixed-channels']);
    expect(planned({}, { objective: 'latency' })[0]).toBe('mixed-static');
    expect(planned({ floatShare: 0 }, {})[0]).toMatch(/^mixed-weights: .*float32/);
    expect(planned({ calibrates: false }, {})[0]).toMatch(/no data/);
    // Asked for by name, it is tried for what it gives.
    expect(planned({}, { techniques: ['mixed-static'] })).toEqual(['mixed-static']);
  });

  it('keeps costly layers in floats, unless integers everywhere are good enough', () => {
    const layers = ['a', 'b'].map((name, at) => ({
      name,
      levels: statics.levels.map((level, index) => ({ ...level, savedBytes: 10 * (index + 1), loss: 8 * at + index })),
    }));
    const { name, recipe } = mixedCandidate(statics, { order: mixOrder(layers), layers, steps: 1 }, goal, facts);
    expect(name).toBe('Mixed int8 (static): 8 in 1 layer');
    expect(resolveRecipe(recipe).at(-1)!.step.options).toMatchObject({ overrides: { a: 8, b: 32 } });
    const isEnough = (value: number, high: number) =>
      isUniformEnough(statics, [evaluatedCandidate('int8-static', { loss: loss(value, high) })], usualGoal, 1000);
    expect([isEnough(0, 0.005), isEnough(0.008, 0.02)]).toEqual([true, false]);
  });

  it('needs the whole interval within the limit, or half of it with too few samples', () => {
    expect(
      tried([
        evaluatedCandidate('weights-4'),
        evaluatedCandidate('mixed-weights-1', { loss: loss(0.002, 0.006) }),
        evaluatedCandidate('mixed-weights-2', { loss: loss(0.004, 0.012) }),
        evaluatedCandidate('mixed-weights-3', { loss: { ...loss(0.004, 0.012), samples: 200 } }),
        evaluatedCandidate('mixed-weights-4', { loss: { ...loss(0.006, 0.012), samples: 200 } }),
        evaluatedCandidate('mixed-weights-5', { stage: 'held' }),
      ]),
    ).toEqual([
      [1, true],
      [2, false],
      [3, true],
      [4, false],
    ]);
  });

  it('prefers held-out samples to those that selected', () => {
    const evaluated = { ...evaluatedCandidate('').loss!, samples: 800 };
    const word = (confirmed: 'confirmed' | 'consistent', samples: number) =>
      tried([evaluatedCandidate('mixed-weights-1', { confirmed: { ...evaluated, samples, word: confirmed } })]);
    expect(word('confirmed', 800)).toEqual([[1, true]]);
    expect(word('consistent', 800)).toEqual([[1, false]]);
    // With so few samples, even a candidate without loss is not confirmed.
    expect(word('consistent', 200)).toEqual([[1, true]]);
  });

  it('goes on if a file is too large, and uses the evaluation of an identical file', () => {
    const { loss: _loss, ...large } = evaluatedCandidate('mixed-weights-1', { stage: 'eliminated', sizeBytes: 600 });
    const { loss: _same, ...same } = evaluatedCandidate('mixed-weights-2', { stage: 'eliminated', sha256: 'a' });
    expect(tried([large], { sizeBytes: 500 })).toEqual([[1, true]]);
    expect(tried([same])).toEqual([[2, false]]);
    expect(tried([same, evaluatedCandidate('weights-4', { sha256: 'a' })])).toEqual([[2, true]]);
  });

  it('estimates the size of mixtures from low-bit files, and finds those below a good candidate', () => {
    const made = (sizeBytes: number, ...steps: readonly (readonly [string, OptionValues])[]) => ({
      sizeBytes,
      recipe: recipeOf([{ pass: 'simplify', options: {} }, ...steps.map(([pass, options]) => ({ pass, options }))]),
    });
    const plain = made(1000);
    const fewer = made(700, ['prune-channels', { remove: 0.3 }]);
    const all = [
      plain,
      made(250, ['quantize-weights', { bits: '8' }]),
      made(290, ['quantize-weights', { bits: '2' }]),
      made(230, ['quantize-weights', {}]),
      fewer,
      made(115, ['prune-channels', { remove: 0.3 }], ['quantize-weights', {}]),
      made(10, ['prune-channels', { remove: 0.5 }], ['quantize-weights', {}]),
    ];
    const least = (technique: MixedTechnique, candidates: Parameters<typeof leastMixedBytes>[1] = all) =>
      Math.round(leastMixedBytes(technique, candidates) ?? -1);
    expect([least(weights), least(channels), least(weights, [plain, fewer])]).toEqual([172, 93, -1]);
    const order = mixOrder([
      { name: 'a', levels: [{ bits: 8, blockSize: 0, savedBytes: 400, loss: 0 }] },
      { name: 'b', levels: [{ bits: 8, blockSize: 0, savedBytes: 200, loss: 1 }] },
    ]);
    const steps = (technique: MixedTechnique, bestBytes: number) => stepsNotSmaller(technique, order, all, bestBytes);
    expect([steps(weights, Infinity), steps(weights, 600), steps(weights, 400)]).toEqual([0, 1, 2]);
    expect([steps(channels, 300), steps(channels, 301)]).toEqual([1, 0]);
    expect(stepsNotSmaller(weights, order, [], 10)).toBe(0);
  });
});
