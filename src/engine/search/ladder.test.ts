import { describe, expect, it } from 'vitest';
import { resolveGoal, type GoalId } from './goals';
import { inspect } from '../analysis/inspect';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { resolveRecipe } from '../recipe/pipeline';
import { recipeOf, type Recipe } from '../recipe/recipe';
import { planLadder } from './ladder';
import { modelFacts } from './model-facts';
import type { SearchObjective } from './search-goal';
import { compareForSpeed, techniques, turnForSpeed, type TechniqueFacts } from './techniques';
import { convolutionalModel } from './testing/model-facts';

const convolution: TechniqueFacts = { ...convolutionalModel, calibrates: true };
const idsOf = (facts: TechniqueFacts, objective: 'size' | 'latency' = 'size') =>
  planLadder(facts, { objective, seed: 0, budgetMs: 300_000 }).candidates.map(({ id }) => id);
/** Steps without the simplification that every candidate begins with. */
const stepsOf = ({ steps }: Recipe) => steps.filter(({ pass }) => pass !== 'simplify');
const kinds: readonly (readonly [string, Partial<TechniqueFacts>])[] = [
  ['convolutions', {}],
  [
    'products',
    {
      macShares: { convolutions: 0, products: 1 },
      weightShares: { convolutions: 0, products: 0.97, recurrent: 0 },
      productWidth: 400,
    },
  ],
  [
    'recurrent layers',
    {
      macShares: { convolutions: 0, products: 1 },
      weightShares: { convolutions: 0, products: 0.01, recurrent: 0.99 },
    },
  ],
];

describe('the ladder', () => {
  it('tests the recipes of the goals in order, from the safest to the smallest', () => {
    const { candidates } = planLadder(convolution, { objective: 'size', seed: 0, budgetMs: 60_000 });
    const inSequence = candidates.filter(({ sequence }) => sequence !== undefined);
    expect(inSequence.toSorted((a, b) => a.sequence! - b.sequence!).map(({ id }) => id)).toEqual([
      'weights-4-gptq',
      'channels-third-weights-4',
      'channels-third-weights-4-channels',
    ]);
    for (const goal of ['latency', 'accuracy'] as const) {
      const others = planLadder(convolution, { objective: goal, seed: 0, budgetMs: 60_000 }).candidates;
      expect(others.filter(({ sequence }) => sequence !== undefined)).toHaveLength(1);
    }
  });

  it('has recipes that can be run, each once, those without data first', () => {
    const { candidates } = planLadder(convolution, { objective: 'size', seed: 3, budgetMs: 300_000 });
    const quick = [
      'weights-8',
      'float16',
      'weights-4',
      'int8-per-token',
      'int8-dynamic',
      'weights-8-blocks',
      'simplify',
    ];
    expect(idsOf({ ...convolution, ...kinds[1]![1] }).slice(0, 7)).toEqual(quick);
    // Integer products have nothing to do in a convolutional model.
    expect(idsOf(convolution).slice(0, 5)).toEqual(quick.filter((id) => !id.startsWith('int8')));
    expect(candidates.find(({ id }) => id === 'simplify')).toMatchObject({ name: 'Simplified', recipe: { seed: 3 } });
    for (const { recipe } of candidates) expect(() => resolveRecipe(recipe)).not.toThrow();
    expect(new Set(candidates.map(({ recipe }) => JSON.stringify(recipe))).size).toBe(candidates.length);
    expect(new Set(candidates.map(({ name }) => name)).size).toBe(candidates.length);
  });

  it('computes on a smaller input only for speed, with data, and if there is one', () => {
    const shrinks = (id: string) => id.startsWith('input-');
    const facts = { ...convolution, canShrinkInput: true as const };
    expect(idsOf(facts, 'latency').filter(shrinks)).toEqual(['input-86', 'input-70', 'input-50']);
    for (const other of [
      idsOf(facts),
      idsOf(convolution, 'latency'),
      idsOf({ ...facts, calibrates: false }, 'latency'),
    ])
      expect(other.filter(shrinks)).toEqual([]);
  });

  it('ends small recipes with short names, if they are much of the file', () => {
    const facts = { ...convolution, structureShare: 0.3 };
    for (const objective of ['size', 'latency'] as const) {
      const plain = planLadder(convolution, { objective, seed: 0, budgetMs: 300_000 }).candidates;
      const { candidates } = planLadder(facts, { objective, seed: 0, budgetMs: 300_000 });
      expect(candidates.map(({ id, name }) => [id, name])).toEqual(plain.map(({ id, name }) => [id, name]));
      for (const { recipe } of candidates) {
        const [last] = resolveRecipe(recipe).toReversed();
        expect(last!.step.pass === 'shorten-names').toBe(objective === 'size');
      }
    }
  });

  it('omits, with a reason, techniques that need data or have no target', () => {
    const { leftOut } = planLadder(
      { ...convolution, calibrates: false, hasProducts: false },
      { objective: 'size', seed: 0, budgetMs: 300_000 },
    );
    expect(leftOut).toContainEqual({ id: 'weights-4-gptq', reason: expect.stringMatching(/no data/) as string });
    expect(leftOut).toContainEqual({ id: 'int8-dynamic', reason: expect.stringMatching(/matrix products/) as string });
    expect(idsOf({ ...convolution, floatShare: 0 })).toEqual(['simplify']);
    expect(idsOf(convolution)).toContain('channels-factors-half-tuned-weights-8');
    expect(idsOf({ ...convolution, hasConvolutions: false }).filter((id) => id.startsWith('channels-factors'))).toEqual(
      [],
    );
  });

  it('restores float32 first if the model is quantized or float16, and mixes none of its layers', () => {
    const facts = { ...convolution, floatShare: 0.1, isLowPrecision: true } as const;
    const { candidates, mixings } = planLadder(facts, { objective: 'size', seed: 0, budgetMs: 300_000 });
    for (const { id, recipe } of candidates) {
      const [first] = resolveRecipe(recipe);
      expect(first!.step.pass).toBe(id === 'simplify' ? 'simplify' : 'restore-float');
    }
    expect(candidates.length).toBeGreaterThan(5);
    expect(mixings).toEqual([]);
  });

  it('leaves recurrent layers to techniques that change them', () => {
    const recurrent = { ...convolution, ...kinds[2]![1], hasConvolutions: false };
    const left = new Map(
      planLadder(recurrent, { objective: 'size', seed: 0, budgetMs: 300_000 }).leftOut.map(({ id, reason }) => [
        id,
        reason,
      ]),
    );
    for (const id of ['int8-static', 'channels-third-int8', 'factors-half', 'channels-half-tuned-weights-4'])
      expect(left.get(id)).toMatch(/does not change them/);
    expect(idsOf(recurrent)).toEqual(expect.arrayContaining(['int8-dynamic', 'recurrent-channels', 'channels-half']));
  });

  it('tries quantization before removal of channels, on a slow model', () => {
    const goal = { objective: 'size', seed: 0, budgetMs: 60_000 } as const;
    const plan = { calibrationSamples: 64, quickCalibrationSamples: 16, isSlow: true };
    const { candidates } = planLadder(convolution, goal, plan);
    const ids = candidates.map(({ id }) => id);
    // A slow model has time for few more than these.
    expect(ids.slice(0, 2)).toEqual(['weights-8', 'float16']);
    expect(ids.indexOf('int8-static')).toBeLessThan(ids.indexOf('channels-third-weights-4'));
    expect(candidates.find(({ id }) => id === 'float16')!.calibrationSamples).toBe(16);
    expect(candidates.find(({ id }) => id === 'weights-4-gptq')!.calibrationSamples).toBe(64);
  });

  it('tries less computation before less storage, for the goal of speed', () => {
    const ids = idsOf({ ...convolution, macShares: { convolutions: 0, products: 1 } }, 'latency');
    expect(ids.indexOf('int8-dynamic')).toBeLessThan(ids.indexOf('weights-8'));
    const free = { ...convolution, macShares: null, weightShares: { convolutions: 0.8, products: 0.2, recurrent: 0 } };
    const ofFree = idsOf(free, 'latency');
    expect(ofFree.indexOf('int8-static-layers')).toBeLessThan(ofFree.indexOf('int8-per-token'));
    // Low-bit weights after channel pruning are no faster than channel pruning alone.
    expect(ids.indexOf('channels-half')).toBeLessThan(ids.indexOf('channels-third-weights-4'));
  });

  it('tries float16 early, and times it, for speed on WebGPU', () => {
    const goal = { objective: 'latency', seed: 0, budgetMs: 300_000 } as const;
    const { candidates } = planLadder(convolution, { ...goal, ep: 'webgpu' });
    expect(candidates.slice(0, 2).map(({ id }) => id)).toEqual(['float16', 'simplify']);
    expect(candidates.flatMap(({ id, sequence }) => (sequence === undefined ? [] : id))).toEqual(['float16']);
    expect(idsOf(convolution, 'latency')).toEqual(
      planLadder(convolution, { ...goal, ep: 'wasm' }).candidates.map(({ id }) => id),
    );
    const float16 = [{ pass: 'convert-float16' }];
    expect([turnForSpeed(float16, 'wasm'), turnForSpeed(float16, 'webgpu')]).toEqual([2, 0]);
  });

  it('puts fewer MACs first among recipes with less computation, and unknown ones last', () => {
    const made = (pass: string, macs?: number) => ({
      recipe: recipeOf([{ pass, options: {} }]),
      ...(macs !== undefined && { macs }),
    });
    const unknown = made('prune-channels');
    const [more, fewer] = [made('prune-channels', 7), made('prune-channels', 5)];
    const [stored, fewerStored] = [made('quantize-weights', 3), made('quantize-weights', 2)];
    const sorted = [stored, unknown, fewerStored, more, fewer].toSorted((a, b) => compareForSpeed(a, b, 'wasm'));
    expect(sorted).toEqual([fewer, more, unknown, fewerStored, stored]);
  });

  it.each(kinds)('tries the recipes of the goals for a model before all others with samples: %s', (_, kind) => {
    for (const calibrates of [true, false]) {
      const facts: TechniqueFacts = { ...convolution, ...kind, calibrates };
      const planned = (objective: SearchObjective) =>
        planLadder(facts, { objective, seed: 0, budgetMs: 60_000 }).candidates.map(({ id, recipe }) => ({
          isQuick: techniques.find((each) => each.id === id)!.isQuick === true,
          steps: stepsOf(recipe),
        }));
      const stepsOfGoal = (id: GoalId) =>
        stepsOf(resolveGoal(id, { model: facts, hasData: calibrates, device: null }).recipe);
      const sized = planned('size');
      const dear = sized.filter(({ isQuick }) => !isQuick).map(({ steps }) => steps);
      // Quick recipes come before.
      expect(sized.slice(0, -dear.length || undefined).every(({ isQuick }) => isQuick)).toBe(true);
      if (calibrates) expect(dear.slice(0, 2)).toEqual([stepsOfGoal('smaller'), stepsOfGoal('smallest')]);
      const timed = planned('latency').map(({ steps }) => steps);
      expect(timed).toContainEqual(stepsOfGoal('faster-wasm'));
      if (kind === kinds[0]![1] && calibrates) {
        const [first] = planned('latency').filter(({ isQuick }) => !isQuick);
        expect(first?.steps).toEqual(stepsOfGoal('faster-wasm'));
      }
    }
  });

  it('trains only with enough time, or if asked to', () => {
    const short = { objective: 'size', seed: 0, budgetMs: 60_000 } as const;
    const { candidates, leftOut } = planLadder(convolution, short);
    expect(candidates.flatMap(({ recipe }) => recipe.steps)).not.toContainEqual(
      expect.objectContaining({ pass: 'fine-tune' }),
    );
    const trained = 'channels-half-tuned-weights-8';
    expect(leftOut).toContainEqual({ id: trained, reason: expect.stringMatching(/Training/) as string });
    expect(planLadder(convolution, { ...short, techniques: [trained] }).candidates).toHaveLength(1);
  });

  it('tries recipes that begin like that of the goal first for a small file', () => {
    const dear = idsOf(convolution).filter((id) => techniques.find((each) => each.id === id)!.isQuick !== true);
    const others = dear.findIndex((id) => !/^(channels-third|weights-4-gptq)/.test(id));
    expect(dear.slice(0, others)).toEqual(expect.arrayContaining(dear.filter((id) => id.startsWith('channels-third'))));
    expect(dear.slice(0, 4)).toEqual([
      'weights-4-gptq',
      'channels-third-weights-4',
      'channels-third-weights-4-without-data',
      'channels-third-weights-4-channels',
    ]);
  });

  it('tries requested techniques only', () => {
    const asked = { objective: 'size', seed: 0, budgetMs: 1000, techniques: ['weights-8'] } as const;
    expect(planLadder(convolution, asked)).toMatchObject({ candidates: [{ id: 'weights-8' }], leftOut: [] });
  });

  it('knows a model from its inspection', () => {
    const nodes = [node('Gather', ['table', 'ids'], ['e']), node('MatMul', ['e', 'w'], ['y'])];
    const initializers = [
      floatTensor('table', [60, 4], Array<number>(240).fill(1)),
      floatTensor('w', [4, 5], Array<number>(20).fill(1)),
    ];
    const inputs = [{ ...valueInfo('ids', [3]) }];
    const built = model(graph({ nodes, initializers, inputs, outputs: [valueInfo('y', null)] }));
    const inspection = inspect(built, { name: 'm', sizeBytes: 1, sha256: '' });
    const facts = modelFacts(inspection, 2000);
    expect(facts).toMatchObject({ sizeBytes: 2000, hasProducts: true, hasConvolutions: false, floatShare: 1 });
    expect(facts.largestTable?.share).toBeCloseTo(240 / 260);
    // Beside a forest, which keeps its numbers in attributes.
    expect(modelFacts(inspection, 20_000).floatShare).toBe(0);
  });
});
