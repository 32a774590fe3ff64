import { describe, expect, it, vi } from 'vitest';
import { ParetoError, isParetoError } from '../errors';
import { readFloat32 } from '../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { passById } from '../passes/registry';
import type { Recipe } from './recipe';
import {
  RecipeCache,
  resolveRecipe,
  runPipeline,
  type PipelineContext,
  type PipelineResult,
  type RecipeProgress,
} from './pipeline';

function recipeOf(...steps: readonly [string, Recipe['steps'][number]['options'], boolean?][]): Recipe {
  return { version: 1, seed: 0, steps: steps.map(([pass, options, enabled = true]) => ({ pass, options, enabled })) };
}

function context(overrides: Partial<PipelineContext> = {}): PipelineContext {
  return {
    signal: new AbortController().signal,
    progress: () => undefined,
    checkpoint: () => Promise.resolve(),
    ...overrides,
  };
}

const input = model(
  graph({
    nodes: [node('MatMul', ['X', 'W'], ['Y'], {}, { name: 'linear' })],
    initializers: [floatTensor('W', [2, 3], [0.5, -0.1, 3, -2, 0.1, 0.05])],
    inputs: [valueInfo('X', [1, 2])],
    outputs: [valueInfo('Y', [1, 3])],
  }),
);

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isParetoError(error)) return error.code;
  }
  return 'accepted';
}

describe('resolveRecipe', () => {
  it.each([
    ['an unknown pass', recipeOf(['shrink', {}]), 'recipe/unknown-pass'],
    ['an unknown option', recipeOf(['prune-weights', { level: 1 }]), 'options/unknown'],
    ['quantizing twice', recipeOf(['quantize-dynamic', {}], ['quantize-dynamic', {}]), 'recipe/order'],
    ['pruning the same nodes twice', recipeOf(['prune-weights', {}], ['prune-weights', {}]), 'recipe/order'],
    [
      'pruning different nodes',
      recipeOf(['prune-weights', { include: ['a'] }], ['prune-weights', { include: ['b'] }]),
      'accepted',
    ],
    ['a second pass that is off', recipeOf(['quantize-dynamic', {}], ['quantize-dynamic', {}, false]), 'accepted'],
    ['pruning before quantizing', recipeOf(['prune-weights', {}], ['quantize-dynamic', {}]), 'accepted'],
    ['pruning after quantizing', recipeOf(['quantize-dynamic', {}], ['prune-weights', {}]), 'accepted'],
  ])('%s', (_, recipe, code) => expect(codeOf(() => resolveRecipe(recipe))).toBe(code));
});

describe('runPipeline', () => {
  it('runs the enabled passes in order and reports each with complete options', async () => {
    const recipe = recipeOf(['prune-weights', { amount: 0.5 }], ['prune-weights', {}, false], ['quantize-dynamic', {}]);
    const { passes } = await runPipeline(input, recipe, context());
    expect(passes.map(({ id }) => id)).toEqual(['prune-weights', 'quantize-dynamic']);
    expect(passes[0]?.options).toMatchObject({ amount: 0.5, scope: 'per-tensor', include: [] });
    expect(passes[0]?.ms).toBeGreaterThanOrEqual(0);
  });

  it('keeps zeros through quantization', async () => {
    const recipe = recipeOf(['prune-weights', { amount: 0.5 }], ['quantize-dynamic', { weightType: 'uint8' }]);
    const { model: output } = await runPipeline(input, recipe, context());
    const quantized = output.graph!.initializers.find(({ name }) => name === 'W_quantized')!;
    const zeroPoint = output.graph!.initializers.find(({ name }) => name === 'W_zero_point')!;
    const [zero] = zeroPoint.rawData!.read();
    expect([...quantized.rawData!.read()].map((value) => value === zero)).toEqual([
      false,
      true,
      false,
      false,
      true,
      true,
    ]);
  });

  it('reuses finished passes if only the last pass differs', async () => {
    const cache = new RecipeCache();
    const first = await runPipeline(input, recipeOf(['prune-weights', {}], ['quantize-dynamic', {}]), context(), cache);
    const ran: string[] = [];
    const progress = ({ pass }: RecipeProgress) => void ran.push(pass);
    const changed = recipeOf(['prune-weights', {}], ['quantize-dynamic', { perChannel: true }]);
    const finished: string[][] = [];
    const keep: PipelineContext['finished'] = async ({ passes }) => void finished.push(passes.map(({ id }) => id));
    const second = await runPipeline(input, changed, context({ progress, finished: keep }), cache);
    expect(new Set(ran)).toEqual(new Set(['quantize-dynamic']));
    // The slow results of an earlier run are kept as well.
    expect(finished).toEqual([['prune-weights']]);
    expect(second.passes[0]).toBe(first.passes[0]);
    expect(second.model).not.toBe(first.model);
  });

  it('keeps slow results while others come and go, and not for ever', () => {
    const cache = new RecipeCache(2);
    const made = (ms: number): PipelineResult => ({
      model: input,
      passes: [{ id: '', options: {}, ms, changes: [], refusals: [] }],
    });
    cache.set('long', made(100));
    for (let quick = 0; quick < 5; quick++) cache.set(`quick ${quick}`, made(10));
    expect(['long', 'quick 3', 'quick 4'].map((key) => cache.get(key)?.passes[0]?.ms)).toEqual([100, undefined, 10]);
    for (let quick = 0; quick < 30; quick++) cache.set(`later ${quick}`, made(10));
    expect(cache.get('long')).toBeUndefined();
  });

  it('corrects the declared shape of a changed output, and reports it', async () => {
    const wrong = { ...input, graph: { ...input.graph!, outputs: [valueInfo('Y', [3])] } };
    const run = (amount: number) => runPipeline(wrong, recipeOf(['prune-weights', { amount }]), context());
    const { model: output, passes } = await run(0.5);
    expect(output.graph!.outputs).toEqual([valueInfo('Y', [1, 3])]);
    expect(passes[0]!.changes.at(-1)).toEqual({
      path: 'graph/Y',
      op: 'Output',
      what: 'Its shape is [1, 3]. The file declared [3], which does not match the computation',
    });
    expect((await run(0)).model).toBe(wrong);
  });

  it('leaves a model with an unreadable weight alone, and names it', async () => {
    const reason = 'The elements of weight "W" (string) cannot be read as numbers.';
    const run = vi.spyOn(passById('prune-weights'), 'run').mockRejectedValue(new ParetoError('tensor/type', reason));
    const { model: made, passes } = await runPipeline(input, recipeOf(['prune-weights', {}]), context());
    expect(made).toBe(input);
    expect(passes[0]).toMatchObject({ changes: [], refusals: [{ code: 'unreadable-weight', reason }] });
    run.mockRejectedValue(new ParetoError('tensor/size', 'The model is damaged.'));
    await expect(runPipeline(input, recipeOf(['prune-weights', {}]), context())).rejects.toThrow(
      '(prune-weights) failed',
    );
    run.mockRestore();
  });

  it('leaves the model it was given as it was', async () => {
    await runPipeline(input, recipeOf(['prune-weights', { amount: 1 }]), context());
    expect([...readFloat32(input.graph!.initializers[0]!)][2]).toBe(3);
  });

  it('stops with the reason of the signal', async () => {
    const controller = new AbortController();
    const reason = new DOMException('enough', 'AbortError');
    const checkpoint = async () => {
      controller.abort(reason);
      controller.signal.throwIfAborted();
    };
    const run = runPipeline(input, recipeOf(['prune-weights', {}]), context({ signal: controller.signal, checkpoint }));
    await expect(run).rejects.toBe(reason);
  });
});
