/** Collects the nodes and weights of a decoder, and adds the parts that it repeats. */
import { intAttribute, intsAttribute } from '../onnx/attributes';
import type { ByteSource } from '../onnx/byte-source';
import { createMicrosoftNode } from '../onnx/create-node';
import { DataType } from '../onnx/data-type';
import type { Attribute, Node, Tensor, ValueName } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { storedBlockSize, type StoredBlocks } from './stored-blocks';

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

  /** The same for an operator of ONNX Runtime. */
  addMicrosoft(
    opType: string,
    name: string,
    inputs: readonly ValueName[],
    attributes: readonly Attribute[],
    output = `${name}_output`,
  ): ValueName {
    this.nodes.push(createMicrosoftNode(opType, name, inputs, [output], attributes));
    return output;
  }

  weight(name: string, dims: readonly number[], rawData: ByteSource, dataType: number = DataType.float32): ValueName {
    this.initializers.push({ name, dataType, dims: dims.map(BigInt), rawData });
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

/** The sizes of a weight of the file. */
export type MatrixDims = readonly [outputs: number, inputs: number];

/** A weight of the file, as nodes read it. */
export interface Matrix {
  /** Adds the product with an input [… , inputs]; returns [… , outputs]. `path` begins the name of the node. */
  product(path: string, input: ValueName, output?: ValueName): ValueName;
  /** Adds the reading of rows; returns [… , inputs]. */
  rowsOf(path: string, ids: ValueName): ValueName;
}

/** A weight whose blocks stay as they are. Products and rows share its initializers. */
export function blockMatrix(
  parts: DecoderParts,
  name: string,
  [outputs, inputs]: MatrixDims,
  { bits, codes, scales, zeroPoints }: StoredBlocks,
): Matrix {
  const blocks = inputs / storedBlockSize;
  const values = parts.weight(
    `${name}.weight_Q${bits}`,
    [outputs, blocks, (storedBlockSize * bits) / 8],
    codes,
    DataType.uint8,
  );
  const stored = [parts.weight(`${name}.weight_scales`, [outputs, blocks], scales)];
  if (zeroPoints !== undefined) stored.push(parts.weight(`${name}.weight_zero_points`, [outputs, blocks], zeroPoints));
  const shared = [intAttribute('bits', bits), intAttribute('block_size', storedBlockSize)];
  return {
    product(path, input, output) {
      const attributes = [intAttribute('K', inputs), intAttribute('N', outputs), ...shared];
      return parts.addMicrosoft(
        'MatMulNBits',
        `${path}/MatMul_Q${bits}`,
        [input, values, ...stored],
        attributes,
        output,
      );
    },
    rowsOf(path, ids) {
      // The same bytes in rows: the runtime turns one into the other once, at load.
      const rows = parts.reshape(`${path}/Reshape`, values, outputs, (inputs * bits) / 8);
      const attributes = [...shared, intAttribute('gather_axis', 0), intAttribute('quantize_axis', 1)];
      return parts.addMicrosoft('GatherBlockQuantized', `${path}/Gather_Q${bits}`, [rows, ids, ...stored], attributes);
    },
  };
}

export interface Rotation {
  /** [batch, 1, tokens, width/2] */
  readonly cos: ValueName;
  readonly sin: ValueName;
  readonly half: number;
}

const keepsDims = intAttribute('keepdims', 1);
