/**
 * Tests the promise of docs/contributing/add-a-pass.md. A record with a line in the registry makes a pass known to all
 * code that runs, plans and names recipes.
 */
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { observeValues } from '../calibration/observe-values';
import { createCalibrationData } from '../data/calibration';
import type { Dataset, SampleRead } from '../data/dataset';
import { quietContext } from '../data/testing/memory-files';
import type { FeedTensor } from '../data/feeds';
import type { Inference } from '../inference';
import { MemorySource } from '../onnx/byte-source';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import { ModelEditor } from '../onnx/edit';
import type { Model } from '../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { definePass, type Observation, type Pass } from '../passes/pass';
import type { Recipe } from './recipe';

const samples = 512;
const width = 16;

/** `idle` never sees a number below zero on the data, `needed` does. */
const bytes = joinParts(
  encodeModel(
    model(
      graph({
        nodes: [
          node('Relu', ['x'], ['a'], {}, { name: 'idle' }),
          node('Neg', ['a'], ['b']),
          node('Relu', ['b'], ['c'], {}, { name: 'needed' }),
          node('Mul', ['c', 'two'], ['y']),
        ],
        initializers: [floatTensor('two', [], [2])],
        inputs: [valueInfo('x', [1, width])],
        outputs: [valueInfo('y', [1, width])],
      }),
    ),
  ),
);

/** Samples that were read and not yet seen by the pass. */
const held = { now: 0, most: 0 };

const removeIdleRelu = definePass({
  id: 'remove-idle-relu',
  options: {
    tolerance: {
      kind: 'number',
      label: 'Tolerance',
      explanation: 'How far below zero still counts as zero.',
      default: 0,
      minimum: 0,
      maximum: 1,
      step: 0.1,
    },
  },
  calibrates: true,
  orderProblem: (earlier) =>
    earlier.some(({ pass }) => pass === 'quantize-dynamic') ? 'Quantize after it.' : undefined,
  plan: (given) => Promise.resolve(planOf(given)),
  async run(given, { tolerance }, context) {
    const relus = given.graph!.nodes.filter(({ opType }) => opType === 'Relu');
    if (context.inference === undefined || context.data === undefined) {
      const refusals = relus.map((relu) => ({
        path: `graph/${relu.name}`,
        op: 'Relu',
        code: 'no-data',
        reason: 'No data.',
      }));
      return { model: given, changes: [], refusals };
    }
    const least = new Map<string, number>();
    await observeValues({
      signal: context.signal,
      inference: context.inference,
      model: given,
      mostBytes: 4 * width,
      values: relus.map(({ inputs }) => ({ name: inputs[0]!, estimatedBytes: 4 * width })),
      samples: context.data.samples,
      feeds: () => context.data!.feeds(),
      visit(name, { data }, sample) {
        held.now = 0;
        least.set(name, Math.min(least.get(name) ?? 0, ...(data as Float32Array)));
        if (sample % 128 === 0) context.observe({ curve: 'least', series: name, x: sample, y: least.get(name)! });
      },
    });
    const idle = relus.filter(({ inputs }) => least.get(inputs[0]!)! >= -tolerance);
    const editor = new ModelEditor(given);
    for (const relu of idle) editor.graph.replaceNode(relu, [node('Identity', relu.inputs, relu.outputs)]);
    return {
      model: editor.finish(),
      changes: idle.map(({ name }) => ({ path: `graph/${name}`, op: 'Relu', what: 'Removed: it cuts nothing off' })),
      refusals: [],
      details: {
        least: {
          kind: 'table',
          title: 'Least values',
          columns: [
            { label: 'Value', unit: 'text' },
            { label: 'Least', unit: 'number' },
          ],
          rows: [...least],
        },
      },
    };
  },
  presentation: {
    title: 'Remove idle Relu',
    summary: 'Removes activations that never cut anything off on the data.',
    name: ({ tolerance }) => `Idle ${tolerance}`,
    fileSuffix: 'idle',
  },
});

function planOf({ graph: main }: Model) {
  const same = { before: 0, after: 0 };
  const nodes = main!.nodes.filter(({ opType }) => opType === 'Relu').map(({ name }) => `graph/${name}`);
  return {
    macs: same,
    parameters: same,
    weightBytes: same,
    groups: [{ id: 'relu', nodes, giving: nodes, channels: 2, kept: 1 }],
    layers: [],
    locked: [],
  };
}

const dataset: Dataset = {
  description: {
    name: 'made.npz',
    format: 'npz',
    samples,
    fields: [{ name: 'x', kind: 'numbers', dtype: 'float32', shape: [width] }],
    sizeBytes: 4 * samples * width,
    notes: [],
  },
  files: [],
  async *read(indices): AsyncGenerator<SampleRead> {
    for (const index of indices) {
      await Promise.resolve();
      held.most = Math.max(held.most, ++held.now);
      const data = new Float32Array(width).fill(1 + index);
      yield { index, values: { x: { kind: 'tensor', tensor: { dtype: 'float32', dims: [width], data } } } };
    }
  },
};

/** Computes the values of this one model, in place of a runtime. */
function createInference(): Inference & { readonly sessions: { opened: number; open: number } } {
  const sessions = { opened: 0, open: 0 };
  return {
    sessions,
    openChain() {
      throw new Error('It has no parts.');
    },
    open(_signal, _model, { outputs = [] } = {}) {
      sessions.opened++;
      sessions.open++;
      return Promise.resolve({
        run({ x }) {
          const [given, negated] = [x!, { ...x!, data: (x!.data as Float32Array).map((value) => -value) }];
          const values: Readonly<Record<string, FeedTensor>> = { x: given, b: negated };
          return Promise.resolve(Object.fromEntries(outputs.map((name) => [name, values[name]!])));
        },
        time: () => Promise.reject(new Error('Nothing times it.')),
        read: () => Promise.reject(new Error('Nothing stays between its runs.')),
        close: () => void sessions.open--,
      });
    },
  };
}

function recipeOf(...ids: readonly string[]): Recipe {
  return { version: 1, seed: 0, steps: ids.map((pass) => ({ pass, enabled: true, options: {} })) };
}

describe('a new pass', () => {
  const quiet = {
    signal: new AbortController().signal,
    checkpoint: () => Promise.resolve(),
    progress: () => undefined,
  };

  beforeAll(() => {
    vi.resetModules();
    vi.doMock(import('../passes/registry'), async (original) => {
      const registry = await original();
      const passes: readonly Pass[] = [...registry.passes, removeIdleRelu];
      const findPass = (id: string) => (id === removeIdleRelu.id ? removeIdleRelu : registry.findPass(id));
      const passById = (id: string) => findPass(id) ?? registry.passById(id);
      return { ...registry, passes, findPass, passById };
    });
  });

  afterAll(() => {
    vi.doUnmock('../passes/registry');
    vi.resetModules();
  });

  const open = async () => {
    const { openModel } = await import('./open-model');
    return openModel({ name: 'a.onnx', source: new MemorySource(bytes), sha256: '', findData: () => undefined });
  };

  it('calibrates over 512 samples, one in memory at a time, on page and shell', async () => {
    const { runRecipe } = await import('./run-recipe');
    const opened = await open();
    const inference = createInference();
    const seen: Observation[] = [];
    const { optimization } = await runRecipe(
      opened,
      {
        recipe: recipeOf('remove-idle-relu', 'simplify'),
        variantName: 'b.onnx',
        storage: 'auto',
        data: createCalibrationData(
          {
            dataset,
            fingerprint: '',
            mapping: { inputs: { x: { array: 'x' } }, labels: null },
            split: { seed: 0, calibration: samples, evaluation: null },
            inputs: opened.inspection.inputs,
            freeDimensions: {},
          },
          quietContext,
        ),
        openSink: () => ({ write: () => undefined }),
        onProgress: () => undefined,
        onObservation: (observation) => seen.push(observation),
      },
      { ...quiet, inference },
    );
    expect(held.most).toBe(1);
    expect(inference.sessions).toEqual({ opened: 2, open: 0 });
    expect(seen).toHaveLength(2 * 4);
    const [own] = optimization.passes;
    expect(own).toMatchObject({ id: 'remove-idle-relu', options: { tolerance: 0 } });
    expect(own?.changes.map(({ path }) => path)).toEqual(['graph/idle']);
    expect(own?.details?.['least']).toMatchObject({
      kind: 'table',
      rows: [
        ['x', 0],
        ['b', -samples],
      ],
    });
    expect(optimization.variant.nodes).toBe(3);
  });

  it('names its missing data, and its effect before it is run', async () => {
    const { runPipeline } = await import('./pipeline');
    const { planRecipe } = await import('./plan-recipe');
    const { model: given } = await open();
    const { passes } = await runPipeline(given, recipeOf('remove-idle-relu'), quiet);
    expect(passes[0]?.refusals.map(({ path }) => path)).toEqual(['graph/idle', 'graph/needed']);
    const { groups } = await planRecipe(given, recipeOf('simplify', 'remove-idle-relu'), quiet);
    expect(groups).toMatchObject([{ nodes: ['graph/idle', 'graph/needed'], kept: 1 }]);
  });

  it('has a name, a place in the order and options that are checked, by its record alone', async () => {
    const { nameRecipe } = await import('./recipe-name');
    const { recipeCalibrates, resolveRecipe } = await import('./pipeline');
    const recipe = recipeOf('remove-idle-relu');
    expect([nameRecipe(recipe), recipeCalibrates(recipe)]).toEqual(['Idle 0', true]);
    expect(() => resolveRecipe(recipeOf('quantize-dynamic', 'remove-idle-relu'))).toThrow('Quantize after it.');
    const [step] = recipe.steps;
    expect(() => resolveRecipe({ ...recipe, steps: [{ ...step!, options: { tolerance: 2 } }] })).toThrow('from 0 to 1');
  });
});
