/** The pass `quantize-aware-training` on a small net: what it writes, and that ONNX Runtime computes what was trained. */
import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../../data/feeds';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { encodedBytes } from '../../../onnx/codec/encode-files';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { floatTensor, node } from '../../../onnx/testing/build';
import { readFloat32 } from '../../../onnx/tensor';
import { defaultOpsetVersion } from '../../../onnx/traverse';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeAwareTraining } from './quantize-aware-training';
import { dataOf, original, pictures } from '../testing/small-net';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { runModelInNode } from '../../../../runtime/testing/run-model';

const inference = createInProcessInference();

async function quantize(options: Readonly<Record<string, unknown>>, net = original) {
  const context = passContext({ original: net, inference, data: dataOf(pictures) });
  const given = resolveOptions(quantizeAwareTraining, { steps: 50, learningRate: 0.01, ...options });
  const outcome = await quantizeAwareTraining.run(net, given, context);
  const sketch = await quantizeAwareTraining.sketch!(net, given, passContext({ original: net }));
  return { ...outcome, sketched: encodedBytes(sketch) / encodedBytes(outcome.model) };
}

/** A product without a bias, which is added afterwards as in transformers. */
const withMatMul: Model = {
  ...original,
  graph: {
    ...original.graph!,
    nodes: original.graph!.nodes.flatMap((each) =>
      each.opType === 'Gemm'
        ? [
            node('MatMul', ['f', 'columns'], ['product'], {}, { name: 'head' }),
            node('Add', ['product', 'bias'], ['logits']),
          ]
        : [each],
    ),
    initializers: [
      ...original.graph!.initializers.filter(({ name }) => name !== 'matrix'),
      floatTensor(
        'columns',
        [64, 3],
        transposed(readFloat32(original.graph!.initializers.find(({ name }) => name === 'matrix')!), 3),
      ),
    ],
  },
};

function transposed(values: Float32Array, rows: number): Float32Array {
  const columns = values.length / rows;
  return values.map((_, at) => values[(at % rows) * columns + Math.floor(at / rows)]!);
}

const run = (each: Model, feeds: Feeds) => runModelInNode(joinParts(encodeModel(each)), feeds);

async function meanDistance(each: Model): Promise<number> {
  let sum = 0;
  for (const feeds of pictures.slice(0, 8)) {
    const [wanted, found] = [await run(original, feeds), await run(each, feeds)];
    const expected = wanted['scores']!.data as Float32Array;
    (found['scores']!.data as Float32Array).forEach((value, index) => (sum += Math.abs(value - expected[index]!)));
  }
  return sum / 24;
}

const typesOf = ({ graph }: Model): readonly (number | undefined)[] =>
  graph!.initializers.map(({ dataType }) => dataType);
const countOf = ({ graph }: Model, wanted: string): number =>
  graph!.nodes.filter(({ opType }) => opType === wanted).length;

describe('quantize-aware-training', () => {
  it('begins at the rounding of AdaRound, and keeps it if no step improves on it', async () => {
    const { sentence } = await quantize({ learningRate: 1e-12, steps: 1 });
    expect(sentence).toMatch(/^AdaRound recovered [1-9]\d* % .* Training did not improve on it\./);
  });

  it('stores weights in 4 bits, inputs in 8, biases in 32, and gains over rounding', async () => {
    const outcome = await quantize({});
    expect(outcome.refusals).toEqual([]);
    expect(Math.abs(outcome.sketched - 1)).toBeLessThan(0.02);
    expect(outcome.changes.map(({ what }) => what)).toEqual(
      Array.from({ length: 2 }, () => 'weights in 4 bits, input in 8'),
    );
    expect(outcome.sentence).toMatch(
      /^(Training|AdaRound) recovered \d+ % of the rounding loss on held-out samples\. (Training did not improve on it\. )?It agrees with the original in \d+\.\d\u00a0% of cases, on 16 held-out samples\./,
    );
    expect(checkModel(outcome.model)).toEqual([]);
    expect(defaultOpsetVersion(outcome.model)).toBe(21n);
    const types = typesOf(outcome.model);
    expect(types.filter((type) => type === DataType.int4)).toHaveLength(2);
    expect(types.filter((type) => type === DataType.int32)).toHaveLength(2);
    expect(countOf(outcome.model, 'QuantizeLinear')).toBe(2);
    expect(countOf(outcome.model, 'BatchNormalization')).toBe(0);
    expect(await meanDistance(outcome.model)).toBeLessThan(0.05);
  });

  it('leaves activations alone for weights only, in 8 bits', async () => {
    const outcome = await quantize({ form: 'weights', weightType: 'int8', steps: 25 });
    expect(outcome.sketched).toBe(1);
    expect(countOf(outcome.model, 'QuantizeLinear')).toBe(0);
    expect(typesOf(outcome.model).filter((type) => type === DataType.int8)).toHaveLength(4);
    expect(await meanDistance(outcome.model)).toBeLessThan(0.01);
  });

  it('quantizes products with a matrix, one scale for each column', async () => {
    const outcome = await quantize({ form: 'weights', steps: 1, train: ['head'] }, withMatMul);
    expect(outcome.changes.map(({ path }) => path)).toEqual(['graph/conv', 'graph/head']);
    expect(outcome.sketched).toBe(1);
    const scales = outcome.model.graph!.initializers.find(({ name }) => name === 'columns_scale');
    expect(scales!.dims).toEqual([3n]);
    expect(checkModel(outcome.model)).toEqual([]);
  });

  it('refuses without data', async () => {
    const outcome = await quantizeAwareTraining.run(
      original,
      resolveOptions(quantizeAwareTraining, {}),
      passContext({ original, inference }),
    );
    expect(outcome.refusals.map(({ code }) => code)).toEqual(['no-data']);
    expect(outcome.model).toBe(original);
  });
});
