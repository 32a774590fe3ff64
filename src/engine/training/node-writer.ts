/** Writes nodes that stand for an operator without a gradient rule. */
import { DataType, type DataTypeCode } from '../onnx/data-type';
import type { GraphEditor } from '../onnx/edit';
import type { Attribute, Node, ValueName } from '../onnx/graph';
import { createTensor } from '../onnx/tensor';
import { productOf } from '../product-of';
import type { StaticShape } from './step-builder';

export type ShapeOf = (name: ValueName) => StaticShape | undefined;
export type ElementTypeOf = (name: ValueName) => DataTypeCode | undefined;

/** Writes nodes of one output after the other, and the constants that they read. */
export class NodeWriter {
  readonly views = new Set<ValueName>();
  readonly #graph: GraphEditor;
  readonly #ints = new Map<string, ValueName>();
  #nodes: Node[] = [];

  /** The element types of the values that the replaced nodes read. */
  readonly elementTypeOf: ElementTypeOf;

  constructor(graph: GraphEditor, elementTypeOf: ElementTypeOf) {
    this.#graph = graph;
    this.elementTypeOf = elementTypeOf;
  }

  takeNodes(): readonly Node[] {
    const nodes = this.#nodes;
    this.#nodes = [];
    return nodes;
  }

  /** @returns the names of the outputs, in order. */
  node(opType: string, inputs: readonly ValueName[], attributes: readonly Attribute[] = [], count = 1): ValueName[] {
    const outputs = Array.from({ length: count }, () => this.#graph.freshValueName(`lowered/${opType}`));
    this.#nodes.push({ opType, inputs, outputs, attributes });
    return outputs;
  }

  one(opType: string, inputs: readonly ValueName[], attributes: readonly Attribute[] = []): ValueName {
    return this.node(opType, inputs, attributes)[0]!;
  }

  /** The value of the replaced node: it keeps its name, for whoever reads it. */
  give(name: ValueName | undefined, value: ValueName): void {
    if (!name) return;
    this.#nodes.push({ opType: 'Identity', inputs: [value], outputs: [name], attributes: [] });
  }

  ints(values: readonly number[]): ValueName {
    const key = values.join();
    const known =
      this.#ints.get(key) ?? this.#constant(DataType.int64, [values.length], BigInt64Array.from(values, BigInt));
    this.#ints.set(key, known);
    return known;
  }

  filled(dims: StaticShape, value: number): ValueName {
    return this.floats(dims, () => value);
  }

  floats(dims: StaticShape, valueAt: (at: number) => number): ValueName {
    return this.#constant(
      DataType.float32,
      dims,
      Float32Array.from({ length: productOf(dims) }, (_, at) => valueAt(at)),
    );
  }

  /** A part along one axis. */
  slice(value: ValueName, axis: number, start: number, end: number): ValueName {
    return this.one('Slice', [value, this.ints([start]), this.ints([end]), this.ints([axis])]);
  }

  reshape(value: ValueName, shape: StaticShape): ValueName {
    return this.one('Reshape', [value, this.ints(shape)]);
  }

  /** A part of a weight, which is trained through this node. */
  view(value: ValueName): ValueName {
    this.views.add(value);
    return value;
  }

  #constant(dataType: DataTypeCode, dims: StaticShape, bytes: ArrayBufferView): ValueName {
    const name = this.#graph.freshValueName('lowered/constant');
    this.#graph.addInitializer(createTensor({ name, dataType, dims, bytes }));
    return name;
  }
}
