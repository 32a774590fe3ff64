/** Blocks that average over the channels of a feature map: without some of them the others become different. */
import type { Block, GrowingNetwork } from './growing-network';
import { linear, mapOf, tokensOf } from './sequence-blocks';

/** A residual block as transformers have it, normalized before its layers or behind its sum. */
function residualBlock(
  network: GrowingNetwork,
  tokens: string,
  channels: number,
  normalize: (tokens: string) => string,
): string {
  const isBefore = network.pick(2) === 0;
  const hidden = linear(network, isBefore ? normalize(tokens) : tokens, channels, 6);
  const told = linear(network, network.add('Relu', [hidden]), 6, channels);
  const sum = network.add('Add', [tokens, told]);
  return isBefore ? sum : normalize(sum);
}

const layerNormalized: Block = (network, map) => {
  const { channels } = map;
  const parameters =
    network.pick(2) === 0 ? [network.weight(channels), network.weight(channels)] : [network.weight(channels)];
  const normalize = (tokens: string): string =>
    network.add('LayerNormalization', [tokens, ...parameters], { axis: -1n });
  return mapOf(network, residualBlock(network, tokensOf(network, map), channels, normalize), map, channels);
};

/** Exporters write the normalization this way if their opset has no operator for it. */
const writtenOut: Block = (network, map) => {
  const { channels } = map;
  const isCentered = network.pick(2) === 0;
  const [scale, bias] = [network.weight(channels), network.weight(channels)];
  const normalize = (tokens: string): string => {
    const mean = (values: string): string => network.add('ReduceMean', [values], { axes: [-1n], keepdims: 1n });
    const centered = isCentered ? network.add('Sub', [tokens, mean(tokens)]) : tokens;
    const square =
      network.pick(2) === 0
        ? network.add('Pow', [centered, network.scalar(2)])
        : network.add('Mul', [centered, centered]);
    const root = network.add('Sqrt', [network.add('Add', [mean(square), network.scalar(1e-3)])]);
    const divided =
      network.pick(2) === 0
        ? network.add('Div', [centered, root])
        : network.add('Mul', [centered, network.add('Reciprocal', [root])]);
    return network.add('Add', [network.add('Mul', [divided, scale]), bias]);
  };
  return mapOf(network, residualBlock(network, tokensOf(network, map), channels, normalize), map, channels);
};

/** ONNX Runtime's optimizer fuses the normalization with the sum before it this way. The sum is an output too if it has readers. */
const fusedWithSum: Block = (network, map) => {
  const { channels } = map;
  const tokens = tokensOf(network, map);
  const told = linear(network, network.add('Relu', [linear(network, tokens, channels, 5)]), 5, channels);
  const [scale, bias] = [network.weight(channels), network.weight(channels)];
  const own = network.pick(2) === 0 ? [] : [network.weight(channels)];
  const [opType, parameters] = [
    ['SkipLayerNormalization', [scale, bias, ...own]],
    ['SkipSimplifiedLayerNormalization', [scale, ...own]],
  ][network.pick(2)] as [string, readonly string[]];
  const [normalized, sum] = network.addFusedMany(opType, [tokens, told, ...parameters], 4, { epsilon: 1e-4 });
  const next = linear(network, normalized, channels, channels);
  return mapOf(network, network.add('Add', [sum, next]), map, channels);
};

/** This block divides by the root of the mean square alone, with ONNX Runtime's own operator. */
const rootMeanSquare: Block = (network, map) => {
  const scale = network.weight(map.channels);
  const normalize = (tokens: string): string =>
    network.add('SimplifiedLayerNormalization', [tokens, scale], { epsilon: 1e-4 });
  return mapOf(network, residualBlock(network, tokensOf(network, map), map.channels, normalize), map, map.channels);
};

const ofUnitLength: Block = (network, map) => {
  const attributes = { axis: 1n, p: BigInt(1 + network.pick(2)) };
  return { ...map, name: network.add('LpNormalization', [map.name], attributes) };
};

/** Adds rows of tables to each other and normalizes them; the result is added to the feature map. */
const embedded: Block = (network, map) => {
  const { channels, size } = map;
  const places = size * size;
  const tokens = tokensOf(network, map);
  const ids = network.smallIntegers([1, places], ...Array.from({ length: places }, () => network.pick(5)));
  const tables = [network.weight(5, channels), network.weight(places, channels), network.weight(5, channels)];
  const inputs = [ids, ids, ...tables, network.weight(channels), network.weight(channels)];
  const [table] = network.addFusedMany('EmbedLayerNormalization', inputs, 2, { epsilon: 1e-4 });
  return mapOf(network, linear(network, network.add('Add', [tokens, table]), channels, 6), map, 6);
};

export const normalizedBlocks: readonly Block[] = [
  layerNormalized,
  writtenOut,
  fusedWithSum,
  rootMeanSquare,
  ofUnitLength,
  embedded,
];
