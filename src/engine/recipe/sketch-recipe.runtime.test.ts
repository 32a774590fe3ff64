import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../runtime/node/testing/in-process-inference';
import { inspect } from '../analysis/inspect';
import { withSuggestedDimensions } from '../data/free-dimensions';
import { MemorySource } from '../onnx/byte-source';
import { decodeModel } from '../onnx/codec/decode';
import { encodedBytes } from '../onnx/codec/encode-files';
import type { Model } from '../onnx/graph';
import { floatTensor, graph, model as modelOfGraph, node, valueInfo } from '../onnx/testing/build';
import type { CalibrationData } from '../data/calibration-data';
import type { OptionValues } from '../passes/option-spec';
import { createSeededRandom } from '../seeded-random';
import { RecipeCache, runPipeline } from './pipeline';
import { presetById, type PresetId } from './presets';
import { recipeOf, type Recipe } from './recipe';
import { sketchRecipe } from './sketch-recipe';
import { productOf } from '../product-of';

const context = {
  signal: new AbortController().signal,
  progress: () => undefined,
  checkpoint: () => Promise.resolve(),
};

const root = new URL('../../../public/samples/', import.meta.url);
const modelOf = (name: string): Model =>
  decodeModel(new MemorySource(new Uint8Array(readFileSync(new URL(`${name}.onnx`, root)))));

const sizesOf = (model: Model) =>
  withSuggestedDimensions(inspect(model, { name: '', sizeBytes: 0, sha256: '' }).inputs);

const sketchOf = (model: Model, recipe: Recipe) =>
  sketchRecipe(model, recipe, { ...context, dimensions: sizesOf(model) }, new RecipeCache());

async function figuresOfRun(model: Model, recipe: Recipe) {
  const { model: made } = await runPipeline(model, recipe, context);
  const sizeBytes = encodedBytes(made);
  const { macs, parameters } = inspect(made, { name: '', sizeBytes, sha256: '' }, { dimensions: sizesOf(model) });
  return { sizeBytes, macs, parameters };
}

/** Random samples of one input. */
function randomFeeds(input: string, sizes: readonly number[]): CalibrationData {
  const random = createSeededRandom(5);
  const length = productOf(sizes);
  return {
    fingerprint: '',
    samples: 32,
    async *feeds() {
      for (let sample = 0; sample < 32; sample += 1) {
        const data = Float32Array.from({ length }, () => random.next());
        yield { [input]: { dtype: 'float32', dims: [1, ...sizes], data } };
      }
    },
  };
}

describe('the sketch of a recipe', () => {
  const presets: readonly PresetId[] = ['int4-weights', 'int8-weights', 'int2-weights', 'float16', 'int8-dynamic'];
  it.each(presets)('of %s has the size and costs that running it gives', async (preset) => {
    const { recipe } = presetById(preset);
    for (const name of ['digits-mlp', 'fashion-cnn', 'fashion-lstm', 'fashion-transformer']) {
      const model = modelOf(name);
      const run = await figuresOfRun(model, recipe);
      expect(await sketchOf(model, recipe), name).toEqual({ ...run, isExact: true });
    }
  });

  it('follows bits, blocks and zero points', async () => {
    const model = modelOf('fashion-transformer');
    const choices: readonly OptionValues[] = [
      { bits: '4', blockSize: '16', symmetric: false },
      { bits: '4', blockSize: '128', symmetric: true },
      { bits: '8', blockSize: '0', symmetric: false },
      { bits: '4', blockSize: '32', keepEnds: false, form: 'matmul-nbits' },
    ];
    for (const options of choices) {
      const recipe = recipeOf([{ pass: 'quantize-weights', options }]);
      expect(await sketchOf(model, recipe)).toMatchObject(await figuresOfRun(model, recipe));
    }
  });

  it('estimates the removed share', async () => {
    const model = modelOf('fashion-cnn');
    const { recipe } = presetById('fewer-channels-int4');
    const sketch = await sketchOf(model, recipe);
    const run = await figuresOfRun(model, recipe);
    expect(sketch?.isExact).toBe(false);
    expect(sketch!.sizeBytes / run.sizeBytes).toBeGreaterThan(0.8);
    expect(sketch!.sizeBytes / run.sizeBytes).toBeLessThan(1.25);
    expect(sketch!.macs! / run.macs!).toBeCloseTo(1, 1);
    expect(sketch!.parameters / run.parameters).toBeCloseTo(1, 1);
  });

  it('comes within 2 % of static quantization, for which it has no data', async () => {
    const inference = createInProcessInference();
    for (const [name, input, sizes] of [
      ['digits-mlp', 'features', [64]],
      ['fashion-cnn', 'image', [1, 28, 28]],
    ] as const) {
      const model = modelOf(name);
      const { recipe } = presetById('int8-static');
      const { model: made } = await runPipeline(model, recipe, {
        ...context,
        inference,
        data: randomFeeds(input, sizes),
      });
      const sketch = await sketchOf(model, recipe);
      expect(sketch?.isExact).toBe(false);
      expect(Math.abs(sketch!.sizeBytes / encodedBytes(made) - 1), name).toBeLessThan(0.02);
    }
  });

  it('keeps the size of a model whose weights become zeros', async () => {
    const model = modelOf('digits-mlp');
    const recipe = recipeOf([{ pass: 'prune-weights', options: { amount: 0.5 } }]);
    expect(await sketchOf(model, recipe)).toEqual({ ...(await figuresOfRun(model, recipe)), isExact: true });
  });

  it('comes within 2 % of quantization-aware training, for which it has no data', async () => {
    const inference = createInProcessInference();
    const short = { steps: 1, batch: 4 };
    const model = modelOf('digits-mlp');
    const choices: readonly OptionValues[] = [{}, { weightType: 'int8', form: 'weights' }];
    for (const options of choices) {
      const recipe = recipeOf([{ pass: 'quantize-aware-training', options: { ...short, ...options } }]);
      const data = randomFeeds('features', [64]);
      const { model: made, passes } = await runPipeline(model, recipe, { ...context, inference, data });
      expect(passes[0]!.changes.length, JSON.stringify(passes[0]!.refusals)).toBeGreaterThan(1);
      const sketch = await sketchOf(model, recipe);
      expect(sketch?.isExact).toBe(false);
      expect(Math.abs(sketch!.sizeBytes / encodedBytes(made) - 1), JSON.stringify(options)).toBeLessThan(0.02);
    }
  });

  it('says nothing of a large model that a pass would have to run on', async () => {
    const side = 4200;
    const large = modelOfGraph(
      graph({
        nodes: [node('MatMul', ['x', 'w'], ['y'])],
        initializers: [floatTensor('w', [side, side], new Float32Array(side * side))],
        inputs: [valueInfo('x', [1, side])],
        outputs: [valueInfo('y', [1, side])],
      }),
    );
    expect(await sketchOf(large, presetById('int8-dynamic').recipe)).toBeNull();
  });
});
