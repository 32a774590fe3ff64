/** Small builders of models for tests. They fill in what a valid model needs and nothing else. */
import {
  AttributeType,
  type Attribute,
  type Graph,
  type Model,
  type Node,
  type Tensor,
  type ValueInfo,
} from '../graph';
import { DataType, type DataTypeCode } from '../data-type';
import { createTensor } from '../tensor';

/** A model around a graph, opset 17 and IR 8 unless told. */
export function model(main: Graph, overrides: Partial<Model> & { readonly opset?: number } = {}): Model {
  const { opset = 17, ...rest } = overrides;
  return {
    irVersion: 8n,
    opsetImports: [{ domain: '', version: BigInt(opset) }],
    producerName: 'pareto-tests',
    graph: main,
    metadata: [],
    training: [],
    functions: [],
    ...rest,
  };
}

/** A graph; everything left out is empty. */
export function graph(parts: Partial<Graph>): Graph {
  return {
    name: 'graph',
    nodes: [],
    initializers: [],
    sparseInitializers: [],
    inputs: [],
    outputs: [],
    valueInfos: [],
    quantizationAnnotations: [],
    ...parts,
  };
}

type AttributeValue =
  number | bigint | string | Tensor | Graph | readonly number[] | readonly bigint[] | readonly string[];

/**
 * A node. Attribute values choose their type: bigint → INT, number → FLOAT, string → STRING, arrays likewise
 * (an array of numbers is FLOATS), a tensor → TENSOR, a graph → GRAPH.
 */
export function node(
  opType: string,
  inputs: readonly string[],
  outputs: readonly string[],
  attributes: Readonly<Record<string, AttributeValue>> = {},
  overrides: Partial<Node> = {},
): Node {
  return {
    opType,
    inputs,
    outputs,
    attributes: Object.entries(attributes).map(([name, value]) => attribute(name, value)),
    ...overrides,
  };
}

/** An attribute, typed after its value as `node` explains. */
export function attribute(name: string, value: AttributeValue): Attribute {
  const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
  if (typeof value === 'bigint') return { name, type: AttributeType.int, i: value };
  if (typeof value === 'number') return { name, type: AttributeType.float, f: value };
  if (typeof value === 'string') return { name, type: AttributeType.string, s: encode(value) };
  if ('nodes' in value) return { name, type: AttributeType.graph, g: value };
  if ('dims' in value) return { name, type: AttributeType.tensor, t: value };
  const [first] = value;
  if (typeof first === 'bigint') return { name, type: AttributeType.ints, ints: value as readonly bigint[] };
  if (typeof first === 'string') {
    return { name, type: AttributeType.strings, strings: (value as readonly string[]).map(encode) };
  }
  return { name, type: AttributeType.floats, floats: value as readonly number[] };
}

/** A float32 tensor. */
export function floatTensor(name: string, dims: readonly number[], values: ArrayLike<number>): Tensor {
  return createTensor({ name, dataType: DataType.float32, dims, bytes: Float32Array.from(values) });
}

/** An int64 tensor. */
export function int64Tensor(name: string, dims: readonly number[], values: readonly (number | bigint)[]): Tensor {
  return createTensor({ name, dataType: DataType.int64, dims, bytes: BigInt64Array.from(values.map(BigInt)) });
}

/** A tensor value of known type and shape: numbers are sizes, strings symbols, `null` an unknown size. */
export function valueInfo(
  name: string,
  shape: readonly (number | string | null)[] | null,
  elementType: DataTypeCode = DataType.float32,
): ValueInfo {
  const dimensions = shape?.map((entry) => {
    if (entry === null) return {};
    return typeof entry === 'number' ? { size: BigInt(entry) } : { symbol: entry };
  });
  return { name, type: { kind: 'tensor', elementType, shape: dimensions && { dimensions } } };
}
