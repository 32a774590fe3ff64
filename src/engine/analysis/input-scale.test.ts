import { describe, expect, it } from 'vitest';
import type { Node, Tensor } from '../onnx/graph';
import { floatTensor, graph, int64Tensor, node, valueInfo } from '../onnx/testing/build';
import { inputScale } from './input-scale';

const start = (nodes: readonly Node[], initializers: readonly Tensor[]) =>
  graph({ nodes: [...nodes, node('Conv', ['b', 'w'], ['y'])], initializers, inputs: [valueInfo('x', [1, 3, 8, 8])] });

describe('inputScale', () => {
  it('returns the first factor that the model applies to its input', () => {
    const scaled = start(
      [node('Sub', ['x', 'm'], ['a']), node('Mul', ['a', 's'], ['b'])],
      [floatTensor('m', [1, 3, 1, 1], [120, 110, 100]), floatTensor('s', [1, 3, 1, 1], [0.017, 0.0175, 0.016])],
    );
    expect(inputScale(scaled, 'x')).toBeCloseTo(0.0175, 6);
  });

  it('follows a division, and layouts that change before it', () => {
    const divided = start(
      [node('Transpose', ['x'], ['a'], { perm: [0n, 3n, 1n, 2n] }), node('Div', ['a', 's'], ['b'])],
      [floatTensor('s', [], [255])],
    );
    expect(inputScale(divided, 'x')).toBeCloseTo(1 / 255, 6);
  });

  it('is unknown if the factors are zero or overflow', () => {
    const times = (dims: readonly number[], values: readonly bigint[]) =>
      inputScale(
        start(
          [node('Mul', ['x', 's'], ['a']), node('Mul', ['a', 'z'], ['b'])],
          [int64Tensor('s', dims, values), int64Tensor('z', [], [0n])],
        ),
        'x',
      );
    expect(times([], [3n])).toBeUndefined();
    expect(times([2], [2n ** 63n - 1n, 1n])).toBeUndefined();
  });

  it('is unknown if the input feeds a layer or two nodes', () => {
    expect(inputScale(start([node('Relu', ['x'], ['b'])], []), 'x')).toBeUndefined();
    const twice = start([node('Mul', ['x', 's'], ['b']), node('Neg', ['x'], ['c'])], [floatTensor('s', [], [0.5])]);
    expect(inputScale(twice, 'x')).toBeUndefined();
  });
});
