import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { createTensor } from '../../onnx/tensor';
import { weights } from '../../onnx/weights';
import { deadWeights, precisionShares } from './weight-summary';

const long = Float32Array.from({ length: 3000 }, (_, index) => index);
const otherEnd = long.with(2999, -1);

const all = weights(
  model(
    graph({
      nodes: [
        node('Add', ['x', 'a'], ['p']),
        node('Add', ['p', 'b'], ['q']),
        node('Add', ['q', 'c'], ['y']),
        node('Constant', [], ['k'], { value: floatTensor('', [3000], long) }),
        node('Add', ['y', 'k'], ['z']),
      ],
      initializers: [
        floatTensor('a', [3000], long),
        floatTensor('b', [3000], long),
        floatTensor('c', [3000], otherEnd),
        floatTensor('reshaped', [1, 3000], long),
        int64Tensor('dead', [2], [1, 2]),
        createTensor({ name: 'given', dataType: DataType.int8, dims: [4], bytes: new Int8Array(4) }),
      ],
      inputs: [valueInfo('x', [3000])],
      outputs: [valueInfo('z', [3000]), valueInfo('given', [4], DataType.int8)],
    }),
  ),
);

describe('precisionShares', () => {
  it('adds up parameters and bytes by type, most bytes first', () => {
    expect(precisionShares(all)).toEqual([
      { dtype: 'float32', weights: 5, elements: 15_000, parameters: 15_000, bytes: 60_000 },
      { dtype: 'int64', weights: 1, elements: 2, parameters: 0, bytes: 16 },
      { dtype: 'int8', weights: 1, elements: 4, parameters: 4, bytes: 4 },
    ]);
  });
});

describe('deadWeights', () => {
  it('lists weights without a reader, except graph outputs', () => {
    expect(deadWeights(all).map(({ name }) => name)).toEqual(['reshaped', 'dead']);
  });
});
