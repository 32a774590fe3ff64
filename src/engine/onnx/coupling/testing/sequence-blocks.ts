/** Blocks that read the places of a feature map as a sequence: attention and recurrent layers. */
import type { Block, FeatureMap, GrowingNetwork } from './growing-network';

/** [1, places, channels]. */
export function tokensOf(network: GrowingNetwork, { name, channels, size }: FeatureMap): string {
  const turned = network.add('Transpose', [name], { perm: [0n, 2n, 3n, 1n] });
  return network.add('Reshape', [turned, network.integers(1, size * size, channels)]);
}

export function mapOf(network: GrowingNetwork, tokens: string, { size }: FeatureMap, channels: number): FeatureMap {
  const apart = network.add('Reshape', [tokens, network.integers(1, size, size, channels)]);
  return { name: network.add('Transpose', [apart], { perm: [0n, 3n, 1n, 2n] }), channels, size };
}

export function linear(network: GrowingNetwork, tokens: string, inputs: number, outputs: number): string {
  const product = network.add('MatMul', [tokens, network.weight(inputs, outputs)]);
  return network.pick(2) === 0 ? product : network.add('Add', [network.weight(outputs), product]);
}

/** [1, heads, places, width]. */
function headsOf(network: GrowingNetwork, tokens: string, heads: number, width: number): string {
  const apart = network.add('Reshape', [tokens, network.integers(1, -1, heads, width)]);
  return network.add('Transpose', [apart], { perm: [0n, 2n, 1n, 3n] });
}

function attend(
  network: GrowingNetwork,
  [query, key, value]: readonly [string, string, string],
  channels: number,
  width: number,
): string {
  const turned = network.add('Transpose', [key], { perm: [0n, 1n, 3n, 2n] });
  const scores = network.add('Softmax', [network.add('MatMul', [query, turned])], { axis: -1n });
  const mixed = network.add('Transpose', [network.add('MatMul', [scores, value])], { perm: [0n, 2n, 1n, 3n] });
  const together = network.add('Reshape', [mixed, network.integers(1, -1, width)]);
  return linear(network, together, width, channels);
}

const attention: Block = (network, map) => {
  const [heads, width] = [
    [2, 4],
    [4, 2],
    [3, 4],
  ][network.pick(3)] as [number, number];
  const tokens = tokensOf(network, map);
  const project = (): string => headsOf(network, linear(network, tokens, map.channels, heads * width), heads, width);
  const mixed = attend(network, [project(), project(), project()], map.channels, heads * width);
  return mapOf(network, network.add('Add', [tokens, mixed]), map, map.channels);
};

/** One product for queries, keys and values, taken apart by number, as in vision transformers. */
const packedAttention: Block = (network, map) => {
  const [heads, width] = [3, 4];
  const tokens = tokensOf(network, map);
  const packed = linear(network, tokens, map.channels, 3 * heads * width);
  const apart = network.add('Reshape', [packed, network.integers(1, -1, 3, heads, width)]);
  const turned = network.add('Transpose', [apart], { perm: [2n, 0n, 3n, 1n, 4n] });
  const parts = network.addMany('Split', [turned, network.integers(1, 1, 1)], 3, { axis: 0n });
  const [query, key, value] = parts.map((part) => network.add('Squeeze', [part, network.integers(0)]));
  return mapOf(network, attend(network, [query!, key!, value!], map.channels, heads * width), map, map.channels);
};

/** Two heads of keys and values for four of queries, which are turned by their place as rotary embeddings are. */
const groupedQueries: Block = (network, map) => {
  const [heads, keyHeads, width] = [4, 2, 4];
  const places = map.size * map.size;
  const tokens = tokensOf(network, map);
  const project = (count: number): string =>
    headsOf(network, linear(network, tokens, map.channels, count * width), count, width);
  const turn = (value: string): string => {
    const [left, right] = network.addMany('Split', [value, network.integers(2, 2)], 2, { axis: -1n });
    const half = network.add('Concat', [network.add('Neg', [right!]), left!], { axis: -1n });
    const [cosine, sine] = [network.weight(places, width), network.weight(places, width)];
    return network.add('Add', [network.add('Mul', [value, cosine]), network.add('Mul', [half, sine])]);
  };
  const repeat = (value: string): string => {
    const apart = network.add('Unsqueeze', [value, network.integers(2)]);
    const wide = network.add('Expand', [apart, network.integers(1, keyHeads, heads / keyHeads, places, width)]);
    return network.add('Reshape', [wide, network.integers(1, heads, places, width)]);
  };
  const [query, key, value] = [turn(project(heads)), repeat(turn(project(keyHeads))), repeat(project(keyHeads))];
  return mapOf(network, attend(network, [query, key, value], map.channels, heads * width), map, map.channels);
};

const gatesOf = { LSTM: 4, GRU: 3, RNN: 1 } as const;

const recurrent: Block = (network, map) => {
  const type = (['LSTM', 'GRU', 'RNN'] as const)[network.pick(3)]!;
  const [directions, hidden] = [1 + network.pick(2), 5];
  const rows = gatesOf[type] * hidden;
  const steps = network.add('Transpose', [tokensOf(network, map)], { perm: [1n, 0n, 2n] });
  const optional = (...dims: number[]): string => (network.pick(2) === 0 ? '' : network.weight(...dims));
  const inputs = [
    steps,
    network.weight(directions, rows, map.channels),
    network.weight(directions, rows, hidden),
    optional(directions, 2 * rows),
    '',
    optional(directions, 1, hidden),
    ...(type === 'LSTM' ? [optional(directions, 1, hidden), optional(directions, 3 * hidden)] : []),
  ];
  const [all, last] = network.addMany(type, inputs, 2, {
    hidden_size: BigInt(hidden),
    direction: directions === 2 ? 'bidirectional' : ['forward', 'reverse'][network.pick(2)]!,
    ...(type === 'GRU' && { linear_before_reset: BigInt(network.pick(2)) }),
  });
  const width = directions * hidden;
  const joined = network.add('Reshape', [
    network.add('Transpose', [all!], { perm: [2n, 0n, 1n, 3n] }),
    network.integers(1, -1, width),
  ]);
  const ends = network.add('Reshape', [
    network.add('Transpose', [last!], { perm: [1n, 0n, 2n] }),
    network.integers(1, 1, width),
  ]);
  return mapOf(network, network.add('Mul', [joined, ends]), map, width);
};

/** ONNX Runtime's optimizer fuses attention this way, from the projections on. */
const fusedAttention: Block = (network, map) => {
  const [heads, width, valueWidth] = [3, 4, 4 + 2 * network.pick(2)];
  const sizes = [heads * width, heads * width, heads * valueWidth];
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const tokens = tokensOf(network, map);
  const inputs = [tokens, network.weight(map.channels, all), network.weight(all)];
  const isUneven = valueWidth !== width;
  const mixed = network.addFused('Attention', inputs, {
    num_heads: BigInt(heads),
    ...(isUneven && { qkv_hidden_sizes: sizes.map(BigInt) }),
  });
  return mapOf(network, linear(network, mixed, heads * valueWidth, map.channels), map, map.channels);
};

const multiHeadAttention: Block = (network, map) => {
  const [heads, width] = [4, 2];
  const [tokens, places] = [tokensOf(network, map), map.size * map.size];
  const project = (): string => linear(network, tokens, map.channels, heads * width);
  const bias = network.pick(2) === 0 ? '' : network.weight(3 * heads * width);
  const inputs = [project(), project(), project(), bias];
  if (network.pick(2) === 0) inputs.push('', network.weight(1, [1, heads][network.pick(2)]!, places, places));
  const mixed = network.addFused('MultiHeadAttention', inputs, { num_heads: BigInt(heads) });
  return mapOf(network, linear(network, mixed, heads * width, map.channels), map, map.channels);
};

/** The heads of keys and values stay because of the cache. Heads of queries are removed for all of them at once. */
const groupQueryAttention: Block = (network, map) => {
  const [heads, keyHeads, width] = [6, 2, 8];
  const [tokens, places] = [tokensOf(network, map), map.size * map.size];
  const project = (count: number): string => linear(network, tokens, map.channels, count * width);
  const past = network.pick(2) === 0 ? ['', ''] : [0, 1].map(() => network.weight(1, keyHeads, 0, width));
  const lengths = [network.smallIntegers([1], places - 1), network.smallIntegers([], places)];
  const inputs = [project(heads), project(keyHeads), project(keyHeads), ...past, ...lengths];
  const attributes = { num_heads: BigInt(heads), kv_num_heads: BigInt(keyHeads) };
  const mixed = network.addFused('GroupQueryAttention', inputs, attributes);
  return mapOf(network, linear(network, mixed, heads * width, map.channels), map, map.channels);
};

/** Keras exports its attention layers this way: heads are axes of the weights. */
const einsumAttention: Block = (network, map) => {
  const [heads, width] = [3, 4];
  const tokens = tokensOf(network, map);
  const multiply = (equation: string, ...inputs: readonly string[]): string =>
    network.add('Einsum', inputs, { equation });
  const project = (): string => {
    const product = multiply('btd,dhk->bthk', tokens, network.weight(map.channels, heads, width));
    return network.pick(2) === 0 ? product : network.add('Add', [product, network.weight(heads, width)]);
  };
  const scores = network.add('Softmax', [multiply('bqhk,bshk->bhqs', project(), project())], { axis: -1n });
  const out = network.weight(heads, width, map.channels);
  const mixed =
    network.pick(2) === 0
      ? multiply('bhqs,bshk,hkd->bqd', scores, project(), out)
      : multiply('bqhk,hkd->bqd', multiply('bhqs,bshk->bqhk', scores, project()), out);
  return mapOf(network, mixed, map, map.channels);
};

export const sequenceBlocks: readonly Block[] = [
  attention,
  packedAttention,
  groupedQueries,
  recurrent,
  fusedAttention,
  multiHeadAttention,
  groupQueryAttention,
  einsumAttention,
];
