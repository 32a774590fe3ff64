/** Collects the nodes and weights of a decoder, and adds the parts that it repeats. */
import { intAttribute, intsAttribute } from '../onnx/attributes';
import type { ByteSource } from '../onnx/byte-source';
import { DataType } from '../onnx/data-type';
import type { Attribute, Node, Tensor, ValueName } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';

export class DecoderParts {
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly #constants = new Map<string, ValueName>();

  /** Adds a node with one output. Returns the output, which has the name of the node if none is given. */
  add(
    opType: string,
    name: string,
    inputs: readonly ValueName[],
    attributes: readonly Attribute[] = [],
    output = `${name}_output`,
  ): ValueName {
    this.nodes.push({ opType, name, inputs, outputs: [output], attributes });
    return output;
  }

  weight(name: string, dims: readonly number[], rawData: ByteSource): ValueName {
    this.initializers.push({ name, dataType: DataType.float32, dims: dims.map(BigInt), rawData });
    return name;
  }

  /** Equal constants are one initializer. */
  floats(values: readonly number[] | Float32Array, dims: readonly number[] = []): ValueName {
    return this.#constant(DataType.float32, dims, Float32Array.from(values));
  }

  ints(...values: readonly number[]): ValueName {
    return this.#constant(DataType.int64, [values.length], BigInt64Array.from(values.map(BigInt)));
  }

  int(value: number): ValueName {
    return this.#constant(DataType.int64, [], BigInt64Array.of(BigInt(value)));
  }

  #constant(dataType: number, dims: readonly number[], bytes: Float32Array | BigInt64Array): ValueName {
    const key = `${dataType}|${dims.join()}|${bytes.join()}`;
    const known = this.#constants.get(key);
    if (known !== undefined) return known;
    const name = `constant_${this.#constants.size}`;
    this.initializers.push(createTensor({ name, dataType, dims, bytes }));
    this.#constants.set(key, name);
    return name;
  }

  /** x / √(mean(x²) + ε) · scale over the last axis (Zhang and Sennrich, Root mean square layer normalization). */
  rmsNorm(name: string, input: ValueName, scale: ValueName, epsilon: number): ValueName {
    const squares = this.add('Pow', `${name}/Pow`, [input, this.floats([2])]);
    const mean = this.add('ReduceMean', `${name}/ReduceMean`, [squares], [intsAttribute('axes', [-1]), keepsDims]);
    const shifted = this.add('Add', `${name}/Add`, [mean, this.floats([epsilon])]);
    const root = this.add('Sqrt', `${name}/Sqrt`, [shifted]);
    const normalized = this.add('Div', `${name}/Div`, [input, root]);
    return this.add('Mul', `${name}/Mul`, [normalized, scale]);
  }

  /** Turns the pairs of elements i and i + width/2 of [batch, heads, tokens, width] by the angles of their positions. */
  rotate(name: string, input: ValueName, { cos, sin, half }: Rotation): ValueName {
    const [first, second] = [`${name}/Split_0`, `${name}/Split_1`];
    this.nodes.push({
      opType: 'Split',
      name: `${name}/Split`,
      inputs: [input, this.ints(half, half)],
      outputs: [first, second],
      attributes: [intAttribute('axis', 3)],
    });
    const product = (label: string, a: ValueName, b: ValueName) => this.add('Mul', `${name}/Mul_${label}`, [a, b]);
    const real = this.add('Sub', `${name}/Sub`, [product('0', first, cos), product('1', second, sin)]);
    const imaginary = this.add('Add', `${name}/Add`, [product('2', second, cos), product('3', first, sin)]);
    return this.add('Concat', `${name}/Concat`, [real, imaginary], [intAttribute('axis', -1)]);
  }

  reshape(name: string, input: ValueName, ...shape: readonly number[]): ValueName {
    return this.add('Reshape', name, [input, this.ints(...shape)]);
  }

  transpose(name: string, input: ValueName, ...order: readonly number[]): ValueName {
    return this.add('Transpose', name, [input], [intsAttribute('perm', order)]);
  }
}

export interface Rotation {
  /** [batch, 1, tokens, width/2] */
  readonly cos: ValueName;
  readonly sin: ValueName;
  readonly half: number;
}

const keepsDims = intAttribute('keepdims', 1);
