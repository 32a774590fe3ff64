/** A graph that grows by nodes with random parameters, and random inputs of it. */
import type { Feeds } from '../../../engine/data/feeds';
import type { Graph, Node, Tensor } from '../../../engine/onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../engine/onnx/testing/build';
import { inferModel } from '../../../engine/onnx/infer';
import { productOf } from '../../../engine/product-of';
import { createSeededRandom } from '../../../engine/seeded-random';

export type Value = readonly [name: string, shape: readonly number[]];
export type Attributes = Parameters<typeof node>[3];

export const ints = (values: readonly number[]) => values.map(BigInt);

/** Grows a graph node by node. */
export class RandomGraph {
  readonly #random: ReturnType<typeof createSeededRandom>;
  readonly #nodes: Node[] = [];
  readonly #constants: Tensor[] = [];
  readonly #inputs: Value[] = [];
  #count = 0;

  constructor(seed: number) {
    this.#random = createSeededRandom(seed);
  }

  int(low: number, high: number): number {
    return low + Math.floor(this.#random.next() * (high - low + 1));
  }

  pick<Item>(items: readonly Item[]): Item {
    return items[this.int(0, items.length - 1)]!;
  }

  floats(count: number): Float32Array {
    return Float32Array.from({ length: count }, () => this.#random.next() * 4 - 2);
  }

  input(shape: readonly number[]): Value {
    const value: Value = [`x${this.#inputs.length}`, shape];
    this.#inputs.push(value);
    return value;
  }

  constant(shape: readonly number[], values: Float32Array = this.floats(productOf(shape))): string {
    const name = `c${this.#constants.length}`;
    this.#constants.push(floatTensor(name, shape, values));
    return name;
  }

  list(values: readonly number[]): string {
    const name = `c${this.#constants.length}`;
    this.#constants.push(int64Tensor(name, [values.length], values));
    return name;
  }

  /** Adds a node, and returns its outputs with the shapes that inference finds. */
  add(opType: string, inputs: readonly string[], attributes: Attributes = {}, outputs = 1): readonly Value[] {
    const names = Array.from({ length: outputs }, () => `v${this.#count++}`);
    this.#nodes.push(node(opType, inputs, names, attributes));
    const made = this.graph([]);
    const inferred = inferModel(model(made));
    return names.map((name) => {
      const shape = inferred.value(made, name)?.shape;
      if (shape?.every((size) => typeof size === 'number' && size > 0) !== true) {
        throw new RangeError(`${opType} has no size`);
      }
      return [name, shape as readonly number[]];
    });
  }

  /** The graph of a branch: one node on a value from outside. */
  branch(opType: string, name: string): Graph {
    const result = `b${this.#count++}`;
    return graph({ nodes: [node(opType, [name], [result])], outputs: [valueInfo(result, null)] });
  }

  graph(outputs: readonly Value[]): Graph {
    return graph({
      nodes: [...this.#nodes],
      initializers: [...this.#constants],
      inputs: this.#inputs.map(([name, shape]) => valueInfo(name, shape)),
      outputs: outputs.map(([name, shape]) => valueInfo(name, shape)),
    });
  }

  feeds(): Feeds {
    return Object.fromEntries(
      this.#inputs.map(([name, shape]) => [
        name,
        { dtype: 'float32', dims: shape, data: this.floats(productOf(shape)) },
      ]),
    );
  }
}

export type Grow = (on: RandomGraph, value: Value) => readonly Value[];
