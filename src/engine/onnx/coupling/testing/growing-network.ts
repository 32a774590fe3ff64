/** The state from which random networks for tests grow. */
import { createSeededRandom } from '../../../seeded-random';
import { MICROSOFT_DOMAIN } from '../../traverse';
import type { Node, Tensor } from '../../graph';
import { DataType } from '../../data-type';
import { createTensor } from '../../tensor';
import { floatTensor, int64Tensor, node } from '../../testing/build';
import { productOf } from '../../../product-of';

/** Pictures are [1, 3, 8, 8] at the beginning. */
export interface FeatureMap {
  readonly name: string;
  readonly channels: number;
  readonly size: number;
}

/** A network that grows: blocks add nodes and return the new feature map. */
export class GrowingNetwork {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly #random: () => number;
  #names = 0;

  constructor(seed: number) {
    const random = createSeededRandom(seed);
    this.#random = () => random.next();
  }

  pick(count: number): number {
    return Math.floor(this.#random() * count);
  }

  weight(...dims: number[]): string {
    const length = productOf(dims);
    const name = `w${this.#names++}`;
    const values = Float32Array.from({ length }, () => this.#random() - 0.5);
    // Half of the weights sit in Constant nodes.
    if (this.pick(2) === 0) this.initializers.push(floatTensor(name, dims, values));
    else this.nodes.push(node('Constant', [], [name], { value: floatTensor('', dims, values) }));
    return name;
  }

  scalar(value: number): string {
    const name = `s${this.#names++}`;
    this.initializers.push(floatTensor(name, [], [value]));
    return name;
  }

  integers(...values: number[]): string {
    const name = `i${this.#names++}`;
    this.initializers.push(int64Tensor(name, [values.length], values));
    return name;
  }

  add(opType: string, inputs: readonly string[], attributes: Parameters<typeof node>[3] = {}): string {
    return this.addMany(opType, inputs, 1, attributes)[0]!;
  }

  addMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Parameters<typeof node>[3] = {},
  ): readonly string[] {
    const names = Array.from({ length: outputs }, () => `v${this.#names++}`);
    this.nodes.push(node(opType, inputs, names, attributes, { name: `${opType}_${names[0]}` }));
    return names;
  }

  /** Adds an operator of com.microsoft, and returns its first output. */
  addFused(opType: string, inputs: readonly string[], attributes: Parameters<typeof node>[3]): string {
    return this.addFusedMany(opType, inputs, 1, attributes)[0];
  }

  /** The first and the last of its outputs; those between stay away. */
  addFusedMany(
    opType: string,
    inputs: readonly string[],
    outputs: number,
    attributes: Parameters<typeof node>[3],
  ): readonly [string, string] {
    const [first, last] = [`v${this.#names++}`, outputs === 1 ? '' : `v${this.#names++}`];
    const own = { name: `${opType}_${first}`, domain: MICROSOFT_DOMAIN };
    const names = Array.from({ length: outputs }, (_, at) => (at === 0 ? first : at === outputs - 1 ? last : ''));
    this.nodes.push(node(opType, inputs, names, attributes, own));
    return [first, last];
  }

  /** Whole numbers of 32 bits. */
  smallIntegers(dims: readonly number[], ...values: number[]): string {
    const name = `i${this.#names++}`;
    const bytes = Int32Array.from(values);
    const sizes = dims.map(BigInt);
    this.initializers.push(createTensor({ name, dataType: DataType.int32, dims: sizes, bytes }));
    return name;
  }

  convolve({ name, channels, size }: FeatureMap, outputs: number, kernel: number, group = 1): FeatureMap {
    const weight = this.weight(outputs, channels / group, kernel, kernel);
    const pad = BigInt((kernel - 1) / 2);
    const inputs = this.pick(2) === 0 ? [name, weight, this.weight(outputs)] : [name, weight];
    const result = this.add('Conv', inputs, { pads: [pad, pad, pad, pad], group: BigInt(group) });
    return { name: result, channels: outputs, size };
  }
}

export type Block = (network: GrowingNetwork, map: FeatureMap) => FeatureMap;
