import { describe, expect, it } from 'vitest';
import { presetById } from '../recipe/presets';
import type { ModelFacts } from './model-facts';
import { convolutionalModel } from './testing/model-facts';
import { describeSafer, isTooFar, needsSafer, resolveGoal, resolveGoals, type GoalFacts, type GoalId } from './goals';

const productsOf = (productWidth: number): Partial<ModelFacts> => ({
  sizeBytes: 10_000_000,
  macShares: null,
  weightShares: { convolutions: 0, products: 0.97, recurrent: 0 },
  productWidth,
});
const recurrent: Partial<ModelFacts> = {
  macShares: { convolutions: 0, products: 1 },
  weightShares: { convolutions: 0, products: 0.01, recurrent: 0.99 },
};

const webgpuOf = (f16: boolean, software = false): GoalFacts['device'] => ({
  webgpu: { vendor: 'v', architecture: 'a', description: 'd', f16, software },
});

interface Given {
  readonly model?: Partial<ModelFacts>;
  readonly hasData?: boolean;
  readonly device?: GoalFacts['device'];
}

function goalOf(id: GoalId, { model = {}, hasData = true, device = null }: Given = {}) {
  return resolveGoal(id, { model: { ...convolutionalModel, ...model }, hasData, device });
}

/** Passes with the option that tells them apart. */
const stepsOf = (id: GoalId, given?: Given) =>
  goalOf(id, given).recipe.steps.map(({ pass, options }) =>
    [pass, options['bits'] ?? options['remove'] ?? options['activations']]
      .filter((part) => part !== undefined)
      .join(' '),
  );

describe('goals', () => {
  it('store weights in 4 bits with data and in 8 without, and floats in 16, for smaller downloads', () => {
    expect(stepsOf('smaller')).toEqual(['simplify', 'quantize-weights', 'store-float16']);
    expect(stepsOf('smaller', { hasData: false })).toEqual(['simplify', 'quantize-weights 8', 'store-float16']);
    expect(goalOf('smaller', { hasData: false }).reason).toMatch(/1\/4 of the size/);
  });

  it('remove channels for faster convolutions on WASM, and only with data to repair the rest', () => {
    expect(stepsOf('faster-wasm')).toEqual(['simplify', 'prune-channels 0.3']);
    expect(stepsOf('faster-wasm', { hasData: false })).toEqual(['simplify']);
    expect(goalOf('faster-wasm', { hasData: false }).reason).toContain('More with data');
    expect(stepsOf('faster-wasm', { model: recurrent })).toEqual(['simplify', 'prune-channels 0.25']);
  });

  it('multiply integers for faster matrix products, with a scale for each token only on long rows', () => {
    expect(stepsOf('faster-wasm', { model: productsOf(137), hasData: false })).toEqual(['quantize-dynamic']);
    expect(stepsOf('faster-wasm', { model: productsOf(600), hasData: false })).toEqual([
      'simplify',
      'quantize-dynamic per-token',
    ]);
    expect(stepsOf('faster-wasm', { model: { ...productsOf(56), sizeBytes: 27_000 } })).toEqual(['simplify']);
  });

  it('know convolutions by their weights while no sizes are chosen, few though these may be', () => {
    const ofWeights = (convolutions: number, products: number): Partial<ModelFacts> => ({
      macShares: null,
      weightShares: { convolutions, products, recurrent: 0 },
    });
    expect(stepsOf('faster-wasm', { model: ofWeights(0.1, 0.9) })).toEqual(['simplify', 'prune-channels 0.3']);
    expect(stepsOf('faster-wasm', { model: ofWeights(0.007, 0.9) })).toEqual(['quantize-dynamic']);
  });

  it('take float16 for WebGPU, unless a real one lacks it', () => {
    for (const device of [null, webgpuOf(true), webgpuOf(false, true), { webgpu: null }]) {
      expect(stepsOf('faster-webgpu', { device })).toEqual(['simplify', 'convert-float16']);
    }
    expect(goalOf('faster-webgpu', { device: { webgpu: null } }).reason).toContain('No WebGPU here');
    expect(goalOf('faster-webgpu', { device: webgpuOf(true, true) }).reason).toContain('Not timed');
    expect(stepsOf('faster-webgpu', { device: webgpuOf(false) })).toEqual(['simplify', 'prune-channels 0.3']);
    expect(stepsOf('faster-webgpu', { device: webgpuOf(false), hasData: false })).toEqual(['simplify']);
  });

  it('fix sizes and take float16 for WebNN', () => {
    expect(stepsOf('faster-webnn')).toEqual(['fix-dimensions', 'simplify', 'convert-float16']);
    expect(goalOf('faster-webnn').recipe.steps[0]!.options).toEqual({});
    expect(goalOf('faster-webnn').ep).toBe('webnn-gpu');
    const [safer, ...none] = goalOf('faster-webnn', { hasData: false }).safer;
    expect(safer!.recipe.steps.map(({ pass }) => pass)).toEqual(['fix-dimensions', 'simplify']);
    expect(none).toEqual([]);
  });

  it('go further than a smaller download for the smallest, as far as the data allows', () => {
    expect(stepsOf('smallest')).toEqual(['simplify', 'prune-channels 0.3', 'quantize-weights', 'store-float16']);
    expect(stepsOf('smallest', { model: productsOf(137) })).toEqual([
      'simplify',
      'quantize-weights 2',
      'store-float16',
    ]);
    expect(stepsOf('smallest', { model: recurrent })).toEqual([
      'simplify',
      'prune-channels 0.15',
      'quantize-weights 4',
      'store-float16',
    ]);
    expect(stepsOf('smallest', { hasData: false })).toEqual(['simplify', 'quantize-weights', 'store-float16']);
  });

  it('shorten names that are much of a file with small weights, last and only for size', () => {
    const model = { structureShare: 0.09 };
    expect(stepsOf('smaller', { model })).toEqual(['simplify', 'quantize-weights', 'store-float16', 'shorten-names']);
    expect(stepsOf('smallest', { model }).at(-1)).toBe('shorten-names');
    expect(goalOf('smaller', { model }).recipe.steps.at(-1)!.options).toEqual({
      keepNodeNames: true,
      leastSaving: 0.01,
    });
    for (const id of ['faster-wasm', 'faster-webgpu'] as const)
      expect(stepsOf(id, { model })).not.toContain('shorten-names');
  });

  it('begin a search for speed with the simplified original at every precision', () => {
    const first = (model: Partial<ModelFacts>) => goalOf('faster-wasm', { model }).first?.recipe.steps;
    expect(first({ sizeBytes: 1_000_000, isLowPrecision: true })?.map(({ pass }) => pass)).toEqual(['simplify']);
    expect(first({ sizeBytes: 900_000 })).toBeUndefined();
  });

  it('say why in one line of the panel', () => {
    const models = [
      {},
      productsOf(137),
      productsOf(600),
      recurrent,
      { floatShare: 0 },
      { sizeBytes: 9000 },
      { isLowPrecision: true as const },
    ];
    const devices = [null, webgpuOf(true), webgpuOf(false), { webgpu: null }];
    for (const model of models) {
      for (const device of devices) {
        for (const hasData of [true, false]) {
          const goals = resolveGoals({ model: { ...convolutionalModel, ...model }, hasData, device });
          for (const { reason } of goals) expect(reason.length, reason).toBeLessThanOrEqual(52);
        }
      }
    }
  });

  it('only simplify models with almost no weights', () => {
    const facts: GoalFacts = { model: { ...convolutionalModel, floatShare: 0.02 }, hasData: true, device: null };
    for (const { id, recipe } of resolveGoals(facts)) {
      const fixed = id === 'faster-webnn' ? ['fix-dimensions'] : [];
      expect(recipe.steps.map(({ pass }) => pass)).toEqual([...fixed, 'simplify']);
    }
  });

  it('restore float32 first if the model is quantized or float16', () => {
    const lowPrecision = { floatShare: 0.02, isLowPrecision: true } as const;
    for (const hasData of [true, false]) {
      const facts: GoalFacts = { model: { ...convolutionalModel, ...lowPrecision }, hasData, device: null };
      for (const { id, recipe, safer, reason } of resolveGoals(facts)) {
        const beginning = ['restore-float', ...(id === 'faster-webnn' ? ['fix-dimensions'] : []), 'simplify'];
        for (const each of [recipe, ...safer.map((other) => other.recipe)]) {
          expect(each.steps.map(({ pass }) => pass).slice(0, beginning.length)).toEqual(beginning);
        }
        expect(reason).toMatch(/^Restores float32/);
      }
    }
    expect(stepsOf('faster-webgpu', { model: lowPrecision })).toEqual(['restore-float', 'simplify', 'convert-float16']);
    // 8-bit weights are as large as what was received.
    const { first } = goalOf('smaller', { model: { ...lowPrecision, sizeBytes: 20_000_000 }, hasData: true });
    expect(first?.recipe.steps.find(({ pass }) => pass === 'quantize-weights')?.options).toEqual({
      method: 'by-layer',
    });
    expect(stepsOf('smaller', { model: lowPrecision, hasData: false })).toContain('store-float16');
    expect(goalOf('smaller', { model: lowPrecision, hasData: false }).preset).toBe('int4-weights');
  });
});

describe('safer recipes of a goal', () => {
  const match = (sqnrDb: number | null, rest: { valid?: boolean; comparable?: false } = {}) => ({
    valid: true,
    identical: sqnrDb === null,
    sqnrDb,
    ...rest,
  });
  const titlesOf = (id: GoalId, given?: Given) => goalOf(id, given).safer.map(({ title }) => title);

  it('stand by without data alone, each nearer to the original than the one before', () => {
    expect(titlesOf('smallest')).toEqual([]);
    const nearer = ['8-bit weights (blocks of 32)', 'float16', 'Simplify'];
    expect(titlesOf('smallest', { hasData: false })).toEqual(['8-bit weights', ...nearer]);
    expect(titlesOf('smaller', { hasData: false })).toEqual(nearer);
    expect(titlesOf('faster-webgpu', { hasData: false })).toEqual(['Simplify']);
    expect(titlesOf('faster-wasm', { hasData: false })).toEqual([]);
    expect(titlesOf('faster-wasm', { model: productsOf(600), hasData: false })).toEqual(['Simplify']);
    const [, blocks] = goalOf('smallest', { hasData: false }).safer;
    expect(blocks?.recipe.steps[1]).toMatchObject({
      pass: 'quantize-weights',
      options: { bits: '8', blockSize: '32' },
    });
    expect(blocks?.recipe.steps[1]?.options).not.toHaveProperty('symmetric');
  });

  it('are wanted while outputs are wrong or further than the bound', () => {
    expect([match(19.9), match(5), match(40, { valid: false })].map((each) => isTooFar(each))).toEqual([
      true,
      true,
      true,
    ]);
    const near = [match(20), match(40), match(null), match(5, { comparable: false })];
    expect(near.map((each) => isTooFar(each))).toEqual([false, false, false, false]);
    expect(isTooFar(match(40), 60)).toBe(true);
  });

  it('replace fewer than 8 bits if outputs cannot be compared on random inputs', () => {
    const unknown = match(40, { comparable: false });
    const recipes = (['int4-weights', 'int2-weights', 'int8-weights', 'float16'] as const).map(
      (id) => presetById(id).recipe,
    );
    expect(recipes.map((recipe) => needsSafer(unknown, recipe))).toEqual([true, true, false, false]);
    expect(needsSafer(match(40), recipes[0]!)).toBe(false);
    expect(needsSafer(match(10), recipes[3]!)).toBe(true);
    const used = { title: '8-bit weights', match: unknown };
    expect(describeSafer({ title: '4-bit weights', match: unknown }, used)).toBe(
      'Random inputs cannot check 4-bit weights. Used instead: 8-bit weights. Add data to check it.',
    );
  });

  it('are told with both errors and the bound', () => {
    const left = { title: '4-bit weights', match: match(10) };
    expect(describeSafer(left, { title: '8-bit weights', match: match(40) }).replaceAll('\u00a0', ' ')).toBe(
      '4-bit weights has an output error of 32 % on random inputs; the limit is 10 %. Used instead: 8-bit weights, with an output error of 1.0 %.',
    );
    const near = { title: '8-bit weights', match: match(19.9) };
    expect(describeSafer(near, { title: 'Simplify', match: null }).replaceAll('\u00a0', ' ')).toMatch(
      /^8-bit weights has an output error of just over 10 % on random inputs; the limit is 10 %\./,
    );
    expect(describeSafer(left, { title: 'Simplify', match: null })).toMatch(/Used instead: Simplify\.$/);
  });
});
