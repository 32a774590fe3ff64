/** Graphs of recurrent layers and of attention, which a training step writes as other operators. */
import { DataType } from '../../onnx/data-type';
import type { Tensor } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { floatTensor, node } from '../../onnx/testing/build';
import { type Attributes, type GradientCase, int32Tensor, ints, one } from './gradient-case';

const gates = (opType: string, count: number, attributes: Attributes, more: readonly number[][] = []): GradientCase =>
  one(
    `${opType} ${Object.values(attributes).slice(1).join(' ')}`,
    opType,
    [[4, 2, 3], [1, count * 5, 3], [1, count * 5, 5], [1, 2 * count * 5], ...more],
    attributes,
  );

/** An operator of two directions whose sequences have 4 and 2 steps. */
const bothWays = (opType: string, count: number, more: Attributes = {}): GradientCase => {
  const attributes = { hidden_size: 3n, direction: 'bidirectional', ...more };
  const matrix = [2, count * 3, 3];
  const layer = node(opType, ['x0', 'x1', 'x2', 'x3', 'lengths', 'x4'], ['all', 'last'], attributes);
  return {
    name: `${opType} of two directions and lengths`,
    inputs: [[4, 2, 3], matrix, matrix, [2, 6 * count], [2, 2, 3]],
    nodes: [layer, node('ReduceSum', ['all', 'axis'], ['sum'], { keepdims: 0n }), node('Add', ['sum', 'last'], ['y'])],
    initializers: [int32Tensor('lengths', [2], [4, 2]), ints('axis', [0])],
  };
};

const recurrent: GradientCase[] = [
  gates('LSTM', 4, { hidden_size: 5n }),
  gates('LSTM', 4, { hidden_size: 5n, direction: 'reverse' }),
  gates('GRU', 3, { hidden_size: 5n }),
  gates('GRU', 3, { hidden_size: 5n, linear_before_reset: 1n }),
  gates('RNN', 1, { hidden_size: 5n, activations: ['Relu'] }),
  bothWays('LSTM', 4),
  bothWays('GRU', 3, { linear_before_reset: 1n }),
];

const folded = [
  [2, 5, 12],
  [2, 7, 6],
  [2, 7, 4],
];
const attention = (
  name: string,
  inputs: GradientCase['inputs'],
  attributes: Attributes,
  mask?: Tensor,
): GradientCase => ({
  ...one(`Attention ${name}`, 'Attention', inputs, attributes, { opset: 23 }),
  ...(mask && {
    nodes: [node('Attention', ['x0', 'x1', 'x2', mask.name!], ['y'], attributes)],
    initializers: [mask],
  }),
});

const attentions: GradientCase[] = [
  attention(
    'of heads',
    [
      [2, 3, 5, 4],
      [2, 3, 7, 4],
      [2, 3, 7, 2],
    ],
    {},
  ),
  attention('of heads that share keys, causal', folded, { q_num_heads: 4n, kv_num_heads: 2n, is_causal: 1n }),
  attention(
    'with truths as mask, and a scale',
    folded,
    { q_num_heads: 4n, kv_num_heads: 2n, scale: 0.7 },
    createTensor({
      name: 'mask',
      dataType: DataType.bool,
      dims: [5, 7],
      bytes: Uint8Array.from({ length: 35 }, (_, at) => (at % 3 === 1 ? 0 : 1)),
    }),
  ),
  attention(
    'with numbers as mask',
    [
      [1, 2, 3, 4],
      [1, 2, 3, 4],
      [1, 2, 3, 4],
    ],
    { is_causal: 1n },
    floatTensor('mask', [3, 3], [0.5, 0, 1, -1, 0.25, 0, 0, 2, -0.5]),
  ),
];

export const sequenceCases: readonly GradientCase[] = [...recurrent, ...attentions];
