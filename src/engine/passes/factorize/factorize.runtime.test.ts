import { describe, expect, it } from 'vitest';
import type { Feeds, FeedTensor } from '../../data/feeds';
import { checkModel } from '../../onnx/check';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import { randomNetwork } from '../../onnx/coupling/testing/random-network';
import type { Model, Node, Tensor } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { factorizableLayers } from './factorizable-layers';
import { factorize } from './factorize';
import type { FactorizeOptions } from './factorize-options';
import { formBasis } from './form-bases';
import { formsOf } from './layer-forms';
import { writeFactors } from './write-factors';
import { resolveOptions } from '../options';
import type { PassContext, PassOutcome } from '../pass';
import { layerMatrix } from '../prune/channels/repair/layer-matrix';
import { passContext } from '../testing/pass-context';
import { createSeededRandom } from '../../seeded-random';
import { checkCanceling, divergenceIn } from '../testing/check-trial-pass.runtime';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import { productOf } from '../../product-of';
import { macsOf, simplePictures } from '../testing/simple-pictures';

const checkpoint = () => Promise.resolve();

function randomTensor(name: string, dims: readonly number[], seed: number): Tensor {
  const random = createSeededRandom(seed);
  const count = productOf(dims);
  return floatTensor(
    name,
    dims,
    Float32Array.from({ length: count }, () => random.next() - 0.5),
  );
}

interface Single {
  readonly node: Node;
  readonly weight: readonly number[];
  readonly input: readonly number[];
  readonly hasBias?: boolean;
}

function singleLayer({ node: layer, weight, input, hasBias = false }: Single, seed: number): Model {
  const outputs = weight[layer.opType === 'Conv' || layer.attributes.some(({ name }) => name === 'transB') ? 0 : 1]!;
  return model(
    graph({
      nodes: [hasBias ? { ...layer, inputs: [...layer.inputs, 'b'] } : layer],
      initializers: [randomTensor('w', weight, seed), ...(hasBias ? [randomTensor('b', [outputs], seed + 1)] : [])],
      inputs: [valueInfo('x', input)],
      outputs: [valueInfo('y', null)],
    }),
  );
}

async function run(of: Model, feeds: Feeds): Promise<Float32Array> {
  const session = await createInProcessInference().open(new AbortController().signal, of);
  const { y } = (await session.run(feeds)) as { readonly y: FeedTensor };
  session.close();
  return y.data as Float32Array;
}

function feedsOf(input: readonly number[], seed: number): Feeds {
  const random = createSeededRandom(seed);
  const data = Float32Array.from({ length: productOf(input) }, () => random.next() * 2 - 1);
  return { x: { dtype: 'float32', dims: input, data } };
}

const conv = (attributes: Parameters<typeof node>[3]) => node('Conv', ['x', 'w'], ['y'], attributes, { name: 'conv' });

const singles: Readonly<Record<string, Single>> = {
  Gemm: { node: node('Gemm', ['x', 'w'], ['y']), weight: [9, 7], input: [3, 9], hasBias: true },
  'Gemm, transposed': { node: node('Gemm', ['x', 'w'], ['y'], { transB: 1n }), weight: [5, 9], input: [3, 9] },
  MatMul: { node: node('MatMul', ['x', 'w'], ['y']), weight: [6, 11], input: [2, 4, 6] },
  'Conv 1×1': { node: conv({ strides: [2n, 2n] }), weight: [7, 5, 1, 1], input: [2, 5, 8, 9], hasBias: true },
  'Conv 3×3': { node: conv({ pads: [1n, 1n, 1n, 1n] }), weight: [6, 4, 3, 3], input: [1, 4, 9, 7], hasBias: true },
  'Conv uneven': {
    node: conv({ kernel_shape: [3n, 5n], strides: [2n, 3n], pads: [0n, 1n, 2n, 3n], dilations: [2n, 1n] }),
    weight: [4, 3, 3, 5],
    input: [1, 3, 13, 14],
  },
  'Conv SAME_UPPER': {
    node: conv({ auto_pad: 'SAME_UPPER', strides: [2n, 2n] }),
    weight: [4, 3, 3, 3],
    input: [1, 3, 8, 11],
  },
  'Conv SAME_LOWER': { node: conv({ auto_pad: 'SAME_LOWER' }), weight: [4, 3, 4, 2], input: [1, 3, 8, 11] },
  'Conv VALID': { node: conv({ auto_pad: 'VALID' }), weight: [4, 3, 2, 3], input: [1, 3, 8, 11] },
  'Conv 1D': { node: conv({ pads: [1n, 2n] }), weight: [5, 4, 3], input: [2, 4, 12], hasBias: true },
};

const options = (given: Partial<FactorizeOptions> = {}): FactorizeOptions =>
  resolveOptions(factorize, given) as unknown as FactorizeOptions;

describe('layers as two', () => {
  it.each(Object.entries(singles))('%s answers the same at full rank, in every form', async (_, single) => {
    const original = singleLayer(single, 3);
    const feeds = feedsOf(single.input, 9);
    const expected = await run(original, feeds);
    const inferred = inferModel(original);
    const [layer] = factorizableLayers(original, inferred, options()).layers;
    const { outputs, inputs, kernel } = layer!;
    const values = { outputs, inputs, kernel, values: layerMatrix(layer!.readers[0]!, layer!.weight)!.values };
    const methods: string[] = [];
    for (const form of formsOf(layer!, original.graph!, inferred)) {
      const full = { ...form, mostRank: form.fullRank };
      const basis = (await formBasis(full, values, undefined, { isCentered: false, checkpoint }))!;
      const { model: written } = writeFactors(original, [{ layer: layer!, basis, rank: form.fullRank }]);
      expect(checkModel(written)).toEqual([]);
      const found = await run(written, feeds);
      expect(found).toHaveLength(expected.length);
      const most = expected.reduce((largest, value, at) => Math.max(largest, Math.abs(value - found[at]!)), 0);
      expect(most).toBeLessThan(1e-5);
      methods.push(form.method);
    }
    const isSpatial = kernel.length === 2 && kernel.every((size) => size > 1);
    expect(methods).toEqual([
      'svd',
      ...(isSpatial ? ['spatial-svd'] : []),
      ...(kernel.some((size) => size > 1) ? ['depthwise-separable'] : []),
    ]);
  });
});

// Two residual blocks.
const network = randomNetwork(8, [4, 4]);

function factorizeNetwork(given: Record<string, unknown>, context: Partial<PassContext> = {}): Promise<PassOutcome> {
  return factorize.run(network, resolveOptions(factorize, given), passContext({ original: network, ...context }));
}

describe('factorize', () => {
  it('removes the requested share of MACs and repairs the rest, the same each time', async () => {
    const inference = createInProcessInference();
    const outcomes: PassOutcome[] = [];
    for (const refit of [false, true, true]) {
      const given = { remove: 0.4, method: 'depthwise-separable', refit };
      outcomes.push(await factorizeNetwork(given, { data: simplePictures(12), inference }));
    }
    const [plain, fitted, again] = outcomes;
    for (const { model: written } of outcomes) {
      expect(checkModel(written)).toEqual([]);
      expect(macsOf(written)).toBeLessThan(macsOf(network));
    }
    expect(divergenceIn(fitted!)).toBeLessThan(divergenceIn(plain!));
    expect(joinParts(encodeModel(again!.model))).toEqual(joinParts(encodeModel(fitted!.model)));
    expect(Object.keys(fitted!.details!)).toEqual(['layers', 'repairs']);
    expect(new Set(fitted!.refusals.map(({ code }) => code))).toEqual(new Set(['no-kernel']));
    expect(inference.sessions.open).toBe(0);
  });

  it('reports progress that only rises, and ends when it is canceled', async () => {
    await checkCanceling((context) => factorizeNetwork({}, { data: simplePictures(12), ...context }), 0.7);
  });

  it('uses the weights without data, names kept layers, and plans the same', async () => {
    const { model: written, refusals, changes, details } = await factorizeNetwork({ remove: 0.3 });
    expect(checkModel(written)).toEqual([]);
    expect(refusals.map(({ code }) => code)).toContain('no-data');
    expect(changes.length).toBeGreaterThan(0);
    const context = passContext({ original: network });
    const plan = await factorize.plan!(network, resolveOptions(factorize, { remove: 0.3 }), context);
    expect(plan.details).toEqual({ layers: details!['layers'] });
    expect(plan.macs).toEqual({ before: macsOf(network), after: macsOf(written) });
  });

  it('changes nothing if the target cannot be met, and reports the reachable share', async () => {
    const most = await factorizeNetwork({ remove: 0.95, method: 'svd' });
    expect(most.model).toBe(network);
    const missed = most.refusals.find(({ code }) => code === 'target-missed')!;
    const remove = Number(/Ask for ([\d.]+) or less\.$/.exec(missed.reason)![1]);
    const met = await factorizeNetwork({ remove, method: 'svd' });
    expect(met.refusals.map(({ code }) => code)).not.toContain('target-missed');
    expect(met.changes.length).toBeGreaterThan(0);
    const names = network.graph!.nodes.map(({ name }) => name!);
    const none = await factorizeNetwork({ exclude: names.filter(Boolean) });
    expect([none.model, none.refusals.at(-1)!.code]).toEqual([network, 'no-layers']);
  });

  it('reports that data with non-finite numbers is not used', async () => {
    const data = simplePictures(12);
    const spoiled = {
      ...data,
      async *feeds(): AsyncGenerator<Feeds> {
        for await (const feeds of data.feeds()) {
          const [[name, tensor]] = Object.entries(feeds) as [[string, FeedTensor]];
          yield { [name]: { ...tensor, data: Float32Array.from(tensor.data as Float32Array, () => NaN) } };
        }
      },
    };
    const context = { data: spoiled, inference: createInProcessInference() };
    const { changes, refusals } = await factorizeNetwork({ remove: 0.3 }, context);
    expect(changes.length).toBeGreaterThan(0);
    expect(refusals.find(({ code }) => code === 'not-finite-data')?.reason).toContain('the input "x"');
  });
});
