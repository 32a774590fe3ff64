/**
 * Cross-layer equalization (Nagel et al. 2019): with s = √(r₁/r₂) for each channel between two layers, the first divided by s and
 * the second multiplied by it, both span √(r₁·r₂). Layers in rows settle after a few sweeps.
 */
import { mapTensors } from '../../../onnx/map-tensors';
import type { Model, Tensor, ValueName } from '../../../onnx/graph';
import { readFloat32, withFloats } from '../../../onnx/tensor';
import { nodesLeftOut } from '../../node-names';
import { refuseWhole, type PassContext, type PassOutcome } from '../../pass';
import { ValueGraph } from '../static/value-graph';
import { layerPairs, type ChannelsOf, type LayerPair } from './layer-pairs';

const sweeps = 10;
/** What is spread further is left: its small weights would fall below what float32 tells apart. */
const widestFactor = 2 ** 20;

export async function runEqualizeLayers(
  model: Model,
  { exclude }: { readonly exclude: readonly string[] },
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  if (!model.graph) return { model, changes: [], refusals: [] };
  const { visits, left, refusals } = nodesLeftOut(model, exclude);
  const graph = new ValueGraph(model);
  const pairs = layerPairs(graph).filter(({ first, second }) => !left.has(first) && !left.has(second));
  if (pairs.length === 0) {
    const reason =
      'No layer is followed by exactly one other with only Relu or pooling between, so no factor can be moved.';
    return { model, changes: [], refusals: [...refusals, refuseWhole('no-pairs', reason)] };
  }
  const weights = new Weights(graph);
  for (let sweep = 0; sweep < sweeps; sweep += 1) {
    for (const pair of pairs) {
      equalize(pair, weights);
      await context.checkpoint();
    }
  }
  const paths = new Map(visits.map(({ node, path }) => [node, path]));
  return {
    model: mapTensors(model, (tensor) => weights.replacementOf(tensor)),
    changes: pairs.map(({ first, second }) => ({
      path: paths.get(first)!,
      op: first.opType ?? '',
      what: `Has the range of ${paths.get(second)!} in every channel`,
    })),
    refusals,
  };
}

function equalize({ channels, produced, consumed }: LayerPair, weights: Weights): void {
  const spans = weights.spans(produced[0]!, channels);
  const spansAfter = weights.spans(consumed, channels);
  const factors = spans.map((span, channel) => {
    const ratio = Math.sqrt(span / spansAfter[channel]!);
    return ratio > 1 / widestFactor && ratio < widestFactor ? ratio : 1;
  });
  for (const part of produced)
    weights.multiply(
      part,
      factors.map((factor) => 1 / factor),
    );
  weights.multiply(consumed, factors);
}

/** The weights on their way, in double precision. */
class Weights {
  readonly #graph: ValueGraph;
  readonly #values = new Map<ValueName, Float64Array>();
  readonly #names = new Map<Tensor, ValueName>();

  constructor(graph: ValueGraph) {
    this.#graph = graph;
  }

  /** The largest magnitude of each channel. */
  spans(part: ChannelsOf, channels: number): Float64Array {
    const spans = new Float64Array(channels);
    this.#forEach(part, channels, (values, at, channel) => {
      spans[channel] = Math.max(spans[channel]!, Math.abs(values[at]!));
    });
    return spans;
  }

  multiply(part: ChannelsOf, factors: Float64Array): void {
    this.#forEach(part, factors.length, (values, at, channel) => {
      values[at]! *= factors[channel]!;
    });
  }

  replacementOf(tensor: Tensor): Tensor {
    const name = this.#names.get(tensor);
    return name === undefined ? tensor : withFloats(tensor, Float32Array.from(this.#values.get(name)!));
  }

  #forEach(
    { name, axis }: ChannelsOf,
    channels: number,
    visit: (values: Float64Array, at: number, channel: number) => void,
  ): void {
    const tensor = this.#graph.constant(name)!;
    const values = this.#values.get(name) ?? Float64Array.from(readFloat32(tensor));
    this.#values.set(name, values);
    this.#names.set(tensor, name);
    const sizes = tensor.dims.map(Number);
    const inner = sizes.slice(axis + 1).reduce((product, size) => product * size, 1);
    const indicesOfChannel = sizes[axis]! / channels;
    for (let at = 0; at < values.length; at += 1) {
      visit(values, at, Math.floor((Math.floor(at / inner) % sizes[axis]!) / indicesOfChannel));
    }
  }
}
