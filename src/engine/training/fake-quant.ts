/**
 * Fake quantization rounds values to the grid of their storage and keeps them as floats. y = s·clip(⌊x/s + ½⌋), with
 * the zero point folded into the bounds. Rounding passes gradients straight through, and the bounds do not. The
 * gradient of a trained scale is that of LSQ (Esser et al. 2020). It uses Floor because Round runs on the CPU under
 * WebGPU, and only ties differ.
 */
import { DataType } from '../onnx/data-type';
import type { Node, Tensor, ValueName } from '../onnx/graph';
import { NameSet } from '../onnx/name-set';
import { namesDefinedBy } from '../onnx/subgraphs';
import { createTensor, readFloat32 } from '../onnx/tensor';
import { trainingDomain, type ForwardGraph } from './prepare-forward';
import type { StaticShape } from './step-builder';
import { productOf } from '../product-of';

/** A grid of whole numbers from `low` to `high` times the scale, zero among them. */
export interface Grid {
  /** One for all, or one for each channel of the axis. */
  readonly scales: Float32Array;
  readonly axis?: number;
  readonly low: number;
  readonly high: number;
}

export interface FakeQuantization {
  /** Grids by value name. An activation has one fixed scale; a weight has one trained scale for each channel. */
  readonly activations: ReadonlyMap<ValueName, Grid>;
  readonly weights: ReadonlyMap<ValueName, Grid>;
  /** The first outputs of the nodes whose first two inputs are quantized. */
  readonly layers: ReadonlySet<ValueName>;
}

export interface QuantizedForward {
  readonly forward: ForwardGraph;
  /** Names of the trained scales, by the name of their weight. */
  readonly scaleNames: ReadonlyMap<ValueName, ValueName>;
}

/** The forward graph with fake quantization before its layers; each value is quantized once, however many read it. */
export function withFakeQuantization(forward: ForwardGraph, plan: FakeQuantization): QuantizedForward {
  const { graph } = forward;
  const writer = new FakeQuantWriter(forward);
  const scaleNames = new Map<ValueName, ValueName>();
  const nodes = graph.nodes.flatMap((node): Node[] => {
    if (!plan.layers.has(node.outputs[0]!)) return [node];
    const [x, weight, ...others] = node.inputs as [ValueName, ValueName, ...ValueName[]];
    const before: Node[] = [];
    const quantized = [plan.activations.get(x), plan.weights.get(weight)].map((grid, input) => {
      const name = node.inputs[input]!;
      if (grid === undefined) return name;
      const written = writer.quantize(name, grid);
      before.push(...written.nodes);
      if (input === 1) scaleNames.set(name, written.scale);
      return written.output;
    });
    return [...before, { ...node, inputs: [...quantized, ...others] }];
  });
  const initializers = [...graph.initializers, ...writer.initializers];
  const { shapes } = writer;
  return {
    scaleNames,
    forward: {
      ...forward,
      graph: { ...graph, nodes, initializers },
      shapeOf: (name) => shapes.get(name) ?? forward.shapeOf(name),
      elementTypeOf: (name) => (shapes.has(name) ? DataType.float32 : forward.elementTypeOf(name)),
    },
  };
}

interface WrittenQuantization {
  readonly nodes: readonly Node[];
  readonly output: ValueName;
  readonly scale: ValueName;
}

class FakeQuantWriter {
  readonly initializers: Tensor[] = [];
  readonly shapes = new Map<ValueName, StaticShape>();
  readonly #forward: ForwardGraph;
  readonly #names: NameSet;
  readonly #written = new Map<ValueName, WrittenQuantization>();

  constructor(forward: ForwardGraph) {
    this.#forward = forward;
    this.#names = new NameSet(namesDefinedBy(forward.graph));
  }

  quantize(name: ValueName, { scales, axis, low, high }: Grid): WrittenQuantization {
    const known = this.#written.get(name);
    if (known !== undefined) return { ...known, nodes: [] };
    const shape = this.#forward.shapeOf(name)!;
    const scaleShape = axis === undefined ? [] : shape.map((size, at) => (at === axis ? size : 1));
    const scale = this.#constant(`${name}/scale`, scaleShape, scales);
    const half = this.#constant(`${name}/half`, [], Float32Array.of(0.5));
    const bounds = [low, high].map((bound) => this.#constant(`${name}/bound`, [], Float32Array.of(bound)));
    const nodes: Node[] = [];
    const emit = (opType: string, inputs: readonly ValueName[]): ValueName => {
      const output = this.#names.addFree(`${name}/${opType}`);
      this.shapes.set(output, shape);
      nodes.push({ opType, domain: trainingDomain, inputs, outputs: [output], attributes: [] });
      return output;
    };
    const shifted = emit('Add', [emit('Div', [name, scale]), half]);
    const output = emit('Mul', [emit('Clip', [emit('Floor', [shifted]), ...bounds]), scale]);
    const written = { nodes, output, scale };
    this.#written.set(name, written);
    return written;
  }

  #constant(base: string, dims: StaticShape, bytes: Float32Array): ValueName {
    const name = this.#names.addFree(base);
    this.initializers.push(createTensor({ name, dataType: DataType.float32, dims, bytes }));
    this.shapes.set(name, dims);
    return name;
  }
}

/** The unsigned 8-bit grid of values from `low` to `high`; zero is a point of it. */
export function activationGrid(low: number, high: number): Grid {
  const [from, to] = [Math.min(low, 0), Math.max(high, 0)];
  const scale = Math.fround((to - from) / 255) || 1;
  const zeroPoint = Math.min(255, Math.max(0, Math.round(-from / scale)));
  return { scales: Float32Array.of(scale), low: -zeroPoint, high: 255 - zeroPoint };
}

const shrinkFactors = Array.from({ length: 36 }, (_, index) => 0.3 + (0.7 * index) / 35);

/**
 * The signed grid of a weight, symmetric, one scale for each channel of the axis: that of 36 candidates with the least squared error.
 * Waits at `checkpoint` between channels.
 */
export async function weightGrid(
  weight: Tensor,
  axis: number,
  bits: number,
  checkpoint: () => Promise<void>,
): Promise<Grid> {
  const values = readFloat32(weight);
  const dims = weight.dims.map(Number);
  const channels = dims[axis]!;
  const inner = productOf(dims.slice(axis + 1));
  const low = -(2 ** (bits - 1));
  const high = 2 ** (bits - 1) - 1;
  const scales = new Float32Array(channels);
  const own = new Float32Array(values.length / channels);
  for (let channel = 0; channel < channels; channel++) {
    for (let at = 0, start = channel * inner; at < own.length; at += inner, start += channels * inner) {
      own.set(values.subarray(start, start + inner), at);
    }
    scales[channel] = leastErrorScale(own, low, high);
    await checkpoint();
  }
  return { scales, axis, low, high };
}

function leastErrorScale(values: Float32Array, low: number, high: number): number {
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  if (largest === 0) return 1;
  let best = { scale: 1, error: Infinity };
  for (const factor of shrinkFactors) {
    const scale = Math.fround((factor * largest) / high);
    let error = 0;
    for (const value of values) error += (value - scale * codeOf(value, scale, low, high)) ** 2;
    if (error < best.error) best = { scale, error };
  }
  return best.scale;
}

/** The whole number that stands for a value, as the training step rounds: halves up, each step in float32. */
export function codeOf(value: number, scale: number, low: number, high: number): number {
  const rounded = Math.floor(Math.fround(Math.fround(value / scale) + 0.5));
  return Math.min(high, Math.max(low, rounded));
}
