/** Small networks over sequences, of random blocks: attention, dense layers, normalization, recurrence, embeddings. */
import { DataType } from '../../onnx/data-type';
import type { Model, Node, ValueInfo } from '../../onnx/graph';
import { graph, model, node, valueInfo } from '../../onnx/testing/build';
import { GrowingNetwork } from '../../onnx/coupling/testing/growing-network';

const tokens = 4;

/** [batch, tokens, width]. */
interface Sequence {
  readonly name: string;
  readonly width: number;
}

type Block = (network: GrowingNetwork, sequence: Sequence) => Sequence;

const dense: Block = (network, { name, width }) => {
  const outputs = [8, 12, 32][network.pick(3)]!;
  const product = network.add('MatMul', [name, network.weight(width, outputs)]);
  const isBiased = network.pick(3) > 0;
  return { name: isBiased ? network.add('Add', [product, network.weight(outputs)]) : product, width: outputs };
};

const activated: Block = (network, { name, width }) => {
  const operator = ['Relu', 'Sigmoid', 'Tanh', 'Erf', 'Softplus', 'Neg'][network.pick(6)]!;
  return { name: network.add(operator, [name]), width };
};

const gelu: Block = (network, { name, width }) => {
  const root = network.add('Div', [name, network.scalar(Math.SQRT2)]);
  const gate = network.add('Add', [network.add('Erf', [root]), network.scalar(1)]);
  return { name: network.add('Mul', [network.add('Mul', [name, gate]), network.scalar(0.5)]), width };
};

const normalized: Block = (network, { name, width }) => {
  const parameters = [network.weight(width), ...(network.pick(2) === 0 ? [network.weight(width)] : [])];
  return { name: network.add('LayerNormalization', [name, ...parameters], { axis: -1n }), width };
};

const spelledNormalization: Block = (network, { name, width }) => {
  const centered = network.add('Sub', [name, network.add('ReduceMean', [name], { axes: [-1n] })]);
  const squared = network.add('Pow', [centered, network.scalar(2)]);
  const variance = network.add('Add', [network.add('ReduceMean', [squared], { axes: [-1n] }), network.scalar(1e-5)]);
  const scaled = network.add('Div', [centered, network.add('Sqrt', [variance])]);
  const weighted = network.add('Mul', [scaled, network.weight(width)]);
  return { name: network.add('Add', [weighted, network.weight(width)]), width };
};

const attention: Block = (network, { name, width }) => {
  const heads = [1, 2, 4].filter((count) => width % count === 0)[network.pick(3)] ?? 1;
  const shape = network.integers(0, 0, heads, width / heads);
  const project = (perm: readonly bigint[]) => {
    const product = network.add('Add', [
      network.add('MatMul', [name, network.weight(width, width)]),
      network.weight(width),
    ]);
    return network.add('Transpose', [network.add('Reshape', [product, shape])], { perm });
  };
  const [query, key, value] = [project([0n, 2n, 1n, 3n]), project([0n, 2n, 3n, 1n]), project([0n, 2n, 1n, 3n])];
  const scores = network.add('Div', [network.add('MatMul', [query, key]), network.scalar(Math.sqrt(width / heads))]);
  const read = network.add('MatMul', [network.add('Softmax', [scores], { axis: -1n }), value]);
  const joined = network.add('Reshape', [
    network.add('Transpose', [read], { perm: [0n, 2n, 1n, 3n] }),
    network.integers(0, 0, width),
  ]);
  return { name: network.add('MatMul', [joined, network.weight(width, width)]), width };
};

const residual: Block = (network, sequence) => {
  const inner = attention(network, sequence);
  return { ...sequence, name: network.add('Add', [inner.name, sequence.name]) };
};

const gated: Block = (network, { name, width }) => {
  const both = network.add('MatMul', [name, network.weight(width, 16)]);
  const [left, right] = network.addMany('Split', [both, network.integers(8, 8)], 2, { axis: -1n });
  return { name: network.add('Mul', [left!, network.add('Sigmoid', [right!])]), width: 8 };
};

/** Time goes first, and comes back. */
const recurrent: Block = (network, { name, width }) => {
  const hidden = 6;
  const [operator, gates] = (
    [
      ['LSTM', 4],
      ['GRU', 3],
      ['RNN', 1],
    ] as const
  )[network.pick(3)]!;
  const turned = network.add('Transpose', [name], { perm: [1n, 0n, 2n] });
  const weights = [network.weight(1, gates * hidden, width), network.weight(1, gates * hidden, hidden)];
  const inputs = [turned, ...weights, ...(network.pick(2) === 0 ? [network.weight(1, 2 * gates * hidden)] : [])];
  const every = network.add(operator, inputs, { hidden_size: BigInt(hidden) });
  const squeezed = network.add('Squeeze', [every, network.integers(1)]);
  return { name: network.add('Transpose', [squeezed], { perm: [1n, 0n, 2n] }), width: hidden };
};

const flattenedGemm: Block = (network, { name, width }) => {
  const rows = network.add('Reshape', [name, network.integers(-1, width)]);
  const isTurned = network.pick(2) === 0;
  const weight = isTurned ? network.weight(8, width) : network.weight(width, 8);
  const [alpha, beta] = network.pick(3) === 0 ? [0.5, 2] : [1, 1];
  const transB = isTurned ? 1n : 0n;
  const product = network.add('Gemm', [rows, weight, network.weight(8)], { transB, alpha, beta });
  return { name: network.add('Reshape', [product, network.integers(-1, tokens, 8)]), width: 8 };
};

/** Along time, with channels first. */
const convolved: Block = (network, { name, width }) => {
  const turned = network.add('Transpose', [name], { perm: [0n, 2n, 1n] });
  const filtered = network.add('Conv', [turned, network.weight(8, width, 3), network.weight(8)], { pads: [1n, 1n] });
  return { name: network.add('Transpose', [filtered], { perm: [0n, 2n, 1n] }), width: 8 };
};

const blocks: readonly Block[] = [
  dense,
  activated,
  gelu,
  normalized,
  spelledNormalization,
  attention,
  residual,
  gated,
  recurrent,
  flattenedGemm,
  convolved,
];

export const sequenceBlockCount = blocks.length;

/** The network that these blocks make: `x` [batch, 4, 8] in numbers or `ids` [batch, 4] to `y` [batch, 5]. */
export function randomSequenceNetwork(seed: number, choices: readonly number[]): Model {
  const network = new GrowingNetwork(seed);
  const { input, sequence } = beginning(network);
  let current = sequence;
  for (const choice of choices) current = blocks[choice % blocks.length]!(network, current);
  const pooled = network.add('ReduceMean', [current.name], { axes: [1n], keepdims: 0n });
  const head: Node =
    network.pick(2) === 0
      ? node('Gemm', [pooled, network.weight(5, current.width), network.weight(5)], ['y'], { transB: 1n })
      : node('MatMul', [pooled, network.weight(current.width, 5)], ['y']);
  network.nodes.push({ ...head, name: 'head' });
  const parts = { nodes: network.nodes, initializers: network.initializers };
  return model(graph({ ...parts, inputs: [input], outputs: [valueInfo('y', ['batch', 5])] }));
}

function beginning(network: GrowingNetwork): { readonly input: ValueInfo; readonly sequence: Sequence } {
  if (network.pick(2) === 0) return { input: valueInfo('x', ['batch', tokens, 8]), sequence: { name: 'x', width: 8 } };
  const width = [8, 32][network.pick(2)]!;
  const embedded = network.add('Gather', [network.weight(128, width), 'ids']);
  const input = valueInfo('ids', ['batch', tokens], DataType.int64);
  return { input, sequence: { name: network.add('Add', [embedded, network.weight(1, tokens, width)]), width } };
}
