/** A graph that a random model grows in, step by step. */
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Graph, Node, Tensor, ValueInfo, ValueName } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, int64Tensor, valueInfo } from '../../../onnx/testing/build';
import { productOf } from '../../../product-of';

export interface RandomValue {
  readonly name: ValueName;
  readonly shape: readonly number[];
  readonly type: DataTypeCode;
}

export class GrowingGraph {
  readonly opset: number;
  readonly nodes: Node[] = [];
  readonly initializers: Tensor[] = [];
  readonly inputs: ValueInfo[] = [];
  readonly values: RandomValue[] = [];
  readonly outputs = new Set<ValueName>();
  readonly #prefix: string;
  #count = 0;

  constructor(opset: number, prefix = '') {
    this.opset = opset;
    this.#prefix = prefix;
  }

  freshName(): ValueName {
    return `${this.#prefix}v${this.#count++}`;
  }

  /** One of the values, the later ones more often. */
  pick(choice: number, accepts: (value: RandomValue) => boolean = () => true): RandomValue | undefined {
    const fitting = this.values.filter(accepts).toReversed();
    return fitting.length === 0 ? undefined : fitting[(choice % 7) % Math.min(fitting.length, 4)];
  }

  constant(shape: readonly number[], elements: (index: number) => number): ValueName {
    const name = this.freshName();
    this.initializers.push(
      floatTensor(
        name,
        shape,
        Array.from({ length: productOf(shape) }, (_, index) => elements(index)),
      ),
    );
    return name;
  }

  /** A constant of float16. */
  halves(shape: readonly number[], elements: (index: number) => number): ValueName {
    const bytes = float32ToFloat16(Float32Array.from({ length: productOf(shape) }, (_, index) => elements(index)));
    return this.#initialize(shape, DataType.float16, bytes);
  }

  /** A constant of int32 or int64. */
  wholeNumbers(shape: readonly number[], type: DataTypeCode, elements: (index: number) => bigint): ValueName {
    const numbers = Array.from({ length: productOf(shape) }, (_, index) => elements(index));
    const bytes = type === DataType.int64 ? BigInt64Array.from(numbers) : Int32Array.from(numbers, Number);
    return this.#initialize(shape, type, bytes);
  }

  #initialize(dims: readonly number[], dataType: DataTypeCode, bytes: ArrayBufferView): ValueName {
    const name = this.freshName();
    this.initializers.push(createTensor({ name, dataType, dims, bytes }));
    return name;
  }

  integers(values: readonly number[], isScalar = false): ValueName {
    const name = this.freshName();
    this.initializers.push(int64Tensor(name, isScalar ? [] : [values.length], values));
    return name;
  }

  boolean(value: boolean): ValueName {
    const name = this.freshName();
    this.initializers.push(
      createTensor({ name, dataType: DataType.bool, dims: [], bytes: Uint8Array.of(Number(value)) }),
    );
    return name;
  }

  /** An input of the graph, which steps see only where they are given it. */
  addInput({ name, shape, type }: RandomValue): void {
    this.inputs.push(valueInfo(name, shape, type));
  }

  /** A node of several results. */
  addResults(node: Node, results: readonly Omit<RandomValue, 'name'>[]): void {
    const values = results.map((result) => ({ ...result, name: this.freshName() }));
    this.nodes.push({ ...node, outputs: values.map(({ name }) => name) });
    this.values.push(...values);
  }

  add(node: Node, shape: readonly number[], type: DataTypeCode = DataType.float32): RandomValue {
    const name = this.freshName();
    this.nodes.push({ ...node, outputs: [name] });
    const value = { name, shape, type };
    // Larger values would make the runs slow and say no more.
    if (productOf(shape) <= 4096) this.values.push(value);
    return value;
  }

  toGraph(outputs: readonly RandomValue[]): Graph {
    return graph({
      nodes: this.nodes,
      initializers: this.initializers,
      inputs: this.inputs,
      outputs: outputs.map(({ name, shape, type }) => valueInfo(name, shape, type)),
    });
  }
}
