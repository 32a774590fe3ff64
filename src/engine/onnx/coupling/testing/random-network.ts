/** Small convolutional networks of random blocks, for tests that hold removed channels to the answers of the original. */
import { createSeededRandom } from '../../../seeded-random';
import type { Model } from '../../graph';
import { MICROSOFT_DOMAIN } from '../../traverse';
import { floatTensor, graph, model, node, valueInfo } from '../../testing/build';
import { normalizedBlocks } from './normalized-blocks';
import { GrowingNetwork, type Block, type FeatureMap } from './growing-network';
import { sequenceBlocks } from './sequence-blocks';

const plain: Block = (network, map) => {
  const convolved = network.convolve(map, 4 + 4 * network.pick(2), 1 + 2 * network.pick(2));
  const activation = ['Relu', 'Sigmoid', 'LeakyRelu', 'Identity'][network.pick(4)]!;
  return { ...convolved, name: network.add(activation, [convolved.name]) };
};

const normalized: Block = (network, map) => {
  const { channels } = map;
  const variance = network.add('Abs', [network.weight(channels)]);
  const parameters = [network.weight(channels), network.weight(channels), network.weight(channels)];
  return { ...map, name: network.add('BatchNormalization', [map.name, ...parameters, variance], { epsilon: 1 }) };
};

const depthwise: Block = (network, map) => network.convolve(map, map.channels * (1 + network.pick(2)), 3, map.channels);

const grouped: Block = (network, map) =>
  network.convolve(map, 8, 1, [2, 4].find((group) => map.channels % group === 0) ?? 1);

/**
 * The convolutions have two groups, whose width exceeds their number, so each group loses channels at the same places. Channels are
 * shuffled as in the first ShuffleNet.
 */
const groupedAndShuffled: Block = (network, map) => {
  const wide = network.convolve(map, 12, 1);
  const { channels, size, name } = network.convolve(wide, 12, 3, 2);
  const apart = network.add('Reshape', [name, network.integers(1, 2, 6, size, size)]);
  const turned = network.add('Transpose', [apart], { perm: [0n, 2n, 1n, 3n, 4n] });
  const shuffled = network.add('Reshape', [turned, network.integers(1, channels, size, size)]);
  return network.convolve({ channels, size, name: shuffled }, 8, 1, 2);
};

/** The parts of a split attention are summed. */
const splitGroups: Block = (network, map) => {
  const { size, name } = network.convolve(network.convolve(map, 8, 1), 16, 3, 2);
  const apart = network.add('Reshape', [name, network.integers(1, 2, 8, size, size)]);
  const sum = network.add('ReduceSum', [apart, network.integers(1)], { keepdims: 0n });
  return { channels: 8, size, name: sum };
};

const residual: Block = (network, map) => {
  const inner = network.convolve(plain(network, map), map.channels, 3);
  return { ...map, name: network.add('Add', [map.name, inner.name]) };
};

const squeezeAndExcite: Block = (network, map) => {
  const pooled = network.add('GlobalAveragePool', [map.name]);
  const squeezed = network.convolve({ ...map, name: pooled, size: 1 }, 4, 1);
  const gate = network.convolve({ ...squeezed, name: network.add('Relu', [squeezed.name]) }, map.channels, 1);
  return { ...map, name: network.add('Mul', [map.name, network.add('HardSigmoid', [gate.name])]) };
};

const branches: Block = (network, map) => {
  const [left, right] = [plain(network, map), depthwise(network, map)];
  const name = network.add('Concat', [left.name, right.name, map.name], { axis: 1n });
  return { ...map, name, channels: left.channels + right.channels + map.channels };
};

const halves: Block = (network, map) => {
  const convolved = network.convolve(map, 8, 1);
  const [left, right] = network.addMany('Split', [convolved.name, network.integers(3, 5)], 2, { axis: 1n });
  const first = network.convolve({ name: left!, channels: 3, size: map.size }, 5, 3);
  return { ...map, channels: 5, name: network.add('Mul', [first.name, network.add('Tanh', [right!])]) };
};

const sliced: Block = (network, map) => {
  const convolved = network.convolve(map, 8, 1);
  const bounds = [network.integers(2), network.integers(6), network.integers(1)];
  return { ...map, channels: 4, name: network.add('Slice', [convolved.name, ...bounds]) };
};

const padded: Block = (network, map) => {
  const pads = network.integers(0, 1, 0, 0, 0, 2, 0, 0);
  return { ...map, channels: map.channels + 3, name: network.add('Pad', [map.name, pads]) };
};

const shuffled: Block = (network, map) => {
  const { channels, size } = network.convolve(map, 8, 1);
  const split = network.integers(1, 2, 4, size, size);
  const last = network.nodes.at(-1)!.outputs[0]!;
  const turned = network.add('Transpose', [network.add('Reshape', [last, split])], { perm: [0n, 2n, 1n, 3n, 4n] });
  return { channels, size, name: network.add('Reshape', [turned, network.integers(1, 8, size, size)]) };
};

const affine: Block = (network, map) => {
  const scaled = network.add('Mul', [map.name, network.weight(map.channels, 1, 1)]);
  return { ...map, name: network.add('Sub', [network.weight(1, map.channels, 1, 1), scaled]) };
};

const hardSwish: Block = (network, map) => {
  const bounds = [0, 6].map((value) => network.add('Constant', [], { value: floatTensor('', [], [value]) }));
  const three = network.add('Constant', [], { value: floatTensor('', [1], [3]) });
  const gate = network.add('Clip', [network.add('Add', [map.name, three]), ...bounds]);
  return { ...map, name: network.add('Mul', [map.name, gate]) };
};

const enlarged: Block = (network, map) => {
  const sizes = network.integers(1, map.channels, map.size * 2, map.size * 2);
  const larger = network.add('Resize', [map.name, '', '', sizes], { mode: 'nearest' });
  const pooled = network.add('MaxPool', [larger], { kernel_shape: [2n, 2n], strides: [2n, 2n] });
  return { ...map, name: pooled };
};

const transposedConvolution: Block = (network, map) => {
  const outputs = 6;
  const weight = network.weight(map.channels, outputs, 3, 3);
  const inputs = [map.name, weight, network.weight(outputs)];
  return { ...map, channels: outputs, name: network.add('ConvTranspose', inputs, { pads: [1n, 1n, 1n, 1n] }) };
};

const groupedTransposedConvolution: Block = (network, map) => {
  const wide = network.convolve(map, 8, 1);
  const inputs = [wide.name, network.weight(8, 3, 3, 3), network.weight(6)];
  const name = network.add('ConvTranspose', inputs, { pads: [1n, 1n, 1n, 1n], group: 2n });
  return { ...map, channels: 6, name };
};

const spaceAndBack: Block = (network, map) => {
  const convolved = network.convolve(map, 8, 1);
  const space = network.add('DepthToSpace', [convolved.name], {
    blocksize: 2n,
    mode: ['DCR', 'CRD'][network.pick(2)]!,
  });
  return { ...map, channels: 8, name: network.add('SpaceToDepth', [space], { blocksize: 2n }) };
};

const lastAxis: Block = (network, map) => {
  const turned = network.add('Transpose', [map.name], { perm: [0n, 2n, 3n, 1n] });
  const product = network.add('MatMul', [turned, network.weight(map.channels, 6)]);
  const biased = network.add('Add', [product, network.weight(6)]);
  return { ...map, channels: 6, name: network.add('Transpose', [biased], { perm: [0n, 3n, 1n, 2n] }) };
};

/** PyTorch writes GroupNormalization this way for opsets before 18. */
const groupNormalized: Block = (network, map) => {
  const { channels, size } = map;
  const groups = [4, 2].find((count) => channels % count === 0) ?? 1;
  const ones = network.weight(groups);
  const apart = network.add('Reshape', [map.name, network.integers(0, groups, -1)]);
  const normal = network.add('InstanceNormalization', [apart, ones, network.weight(groups)], { epsilon: 0.1 });
  const together = network.add('Reshape', [normal, network.integers(1, channels, size, size)]);
  const scaled = network.add('Mul', [together, network.weight(channels, 1, 1)]);
  return { ...map, name: network.add('Add', [scaled, network.weight(channels, 1, 1)]) };
};

/** Frameworks without DepthToSpace write it this way. A strided convolution reverses it. */
const pixelShuffled: Block = (network, map) => {
  const { size } = map;
  const convolved = network.convolve(map, 16, 1);
  const apart = network.add('Reshape', [convolved.name, network.integers(1, 4, 2, 2, size, size)]);
  const turned = network.add('Transpose', [apart], { perm: [0n, 1n, 4n, 2n, 5n, 3n] });
  const larger = network.add('Reshape', [turned, network.integers(1, 4, 2 * size, 2 * size)]);
  const back = network.add('Conv', [larger, network.weight(6, 4, 2, 2)], { strides: [2n, 2n] });
  return { ...map, channels: 6, name: back };
};

/** All channels and places in one row, and a map made of another. */
const throughVector: Block = (network, map) => {
  const { channels, size } = map;
  const pooled = network.add('AveragePool', [map.name], { kernel_shape: [4n, 4n], strides: [4n, 4n] });
  const places = (size / 4) ** 2;
  const flat = network.add('Flatten', [pooled]);
  const hidden = network.add('Relu', [network.add('Gemm', [flat, network.weight(channels * places, 6)])]);
  const spread = network.add('MatMul', [hidden, network.weight(6, channels * size * size)]);
  const other = network.add('Reshape', [spread, network.integers(1, channels, size, size)]);
  return { ...map, name: network.add('Add', [map.name, other]) };
};

const blocks: readonly Block[] = [
  plain,
  normalized,
  depthwise,
  grouped,
  residual,
  squeezeAndExcite,
  branches,
  halves,
  sliced,
  padded,
  shuffled,
  affine,
  hardSwish,
  enlarged,
  transposedConvolution,
  spaceAndBack,
  lastAxis,
  groupNormalized,
  pixelShuffled,
  throughVector,
  ...sequenceBlocks,
  groupedAndShuffled,
  splitGroups,
  groupedTransposedConvolution,
  ...normalizedBlocks,
];

const opsets = [
  { domain: '', version: 17n },
  { domain: MICROSOFT_DOMAIN, version: 1n },
];

/** The network that these blocks make: `x` [1, 3, 8, 8] to `y` [1, 5], through a Flatten, a Reshape or a mean. */
export function randomNetwork(seed: number, choices: readonly number[]): Model {
  const network = new GrowingNetwork(seed);
  let map: FeatureMap = plain(network, { name: 'x', channels: 3, size: 8 });
  for (const choice of choices) map = blocks[choice % blocks.length]!(network, map);
  const flat = flatten(network, map, network.pick(3));
  const inputs = [flat.name, network.weight(5, flat.width), network.weight(5)];
  network.nodes.push(node('Gemm', inputs, ['y'], { transB: 1n }, { name: 'head' }));
  return model(
    graph({
      nodes: network.nodes,
      initializers: network.initializers,
      inputs: [valueInfo('x', [1, 3, 8, 8])],
      outputs: [valueInfo('y', [1, 5])],
    }),
    { opsetImports: opsets },
  );
}

function flatten(
  network: GrowingNetwork,
  { name, channels, size }: FeatureMap,
  way: number,
): { readonly name: string; readonly width: number } {
  if (way === 0) return { name: network.add('Flatten', [name]), width: channels * size * size };
  if (way === 1) {
    const pooled = network.add('ReduceMean', [name], { axes: [2n, 3n], keepdims: 0n });
    return { name: pooled, width: channels };
  }
  const width = channels * size * size;
  return { name: network.add('Reshape', [name, network.integers(1, width)]), width };
}

export const blockCount = blocks.length;

/** One to six blocks. */
export function randomChoices(seed: number): readonly number[] {
  const random = createSeededRandom(seed ^ 0x5eed);
  const below = (count: number): number => Math.floor(random.next() * count);
  return Array.from({ length: 1 + below(6) }, () => below(blockCount));
}
