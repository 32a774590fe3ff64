import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createTensor } from '../../../onnx/tensor';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { blockedVectors } from '../../testing/blocked-vectors';
import { quantizeWeights } from './quantize-weights';
import { weightsOptionSpecs } from './weights-options';

const length = 256;
const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, (_, at) => Math.sin(at)),
  );

/** Weights that are vectors, and matrices of one row and of one column. */
const vectors = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'vector'], ['a'], {}, { name: 'vector' }),
      node('MatMul', ['x', 'column'], ['b'], {}, { name: 'column' }),
      node('Gemm', ['x', 'row'], ['c'], { transB: 1n }, { name: 'row' }),
      node('Gather', ['table', 'ids'], ['d'], {}, { name: 'table' }),
      node('Conv', ['picture', 'kernel'], ['e'], {}, { name: 'kernel' }),
    ],
    initializers: [
      weight('vector', length),
      weight('column', length, 1),
      weight('row', 1, length),
      weight('table', length),
      weight('kernel', 1, length, 1),
    ],
    inputs: [
      valueInfo('x', [2, length]),
      valueInfo('ids', [3], DataType.int64 as never),
      valueInfo('picture', [1, length, 5]),
    ],
    outputs: ['a', 'b', 'c', 'd', 'e'].map((name) => valueInfo(name, null)),
  }),
);

const forms = weightsOptionSpecs.form.choices.map(({ value }) => value);
const cases = forms.flatMap((form) =>
  ['2', '4', '8'].flatMap((bits) => [true, false].map((symmetric) => ({ form, bits, symmetric, blockSize: '32' }))),
);

describe('weights in blocks', () => {
  it.each(cases)('are no vectors: %j', async (given) => {
    const options = resolveOptions(quantizeWeights, { ...given, method: 'rtn', keepEnds: false });
    const { model: made, changes } = await quantizeWeights.run(vectors, options, passContext());
    expect(changes.length).toBeGreaterThan(0);
    expect(blockedVectors(made)).toEqual([]);
  });

  it('are found if a vector is one', () => {
    const blocked = graph({
      nodes: [node('DequantizeLinear', ['q', 's'], ['y'], { axis: 0n, block_size: 32n })],
      initializers: [
        createTensor({ name: 'q', dataType: DataType.int8, dims: [64], bytes: new Int8Array(64).fill(1) }),
        floatTensor('s', [2], [1, 1]),
      ],
      outputs: [valueInfo('y', [64])],
    });
    expect(blockedVectors(model(blocked))).toHaveLength(1);
  });
});
