/** A small graph whose gradients are compared with finite differences. */
import { DataType } from '../../onnx/data-type';
import type { Node, Tensor } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { int64Tensor, node } from '../../onnx/testing/build';

export interface GradientCase {
  readonly name: string;
  /** Shapes of the inputs that gradients are asked of: `x0`, `x1` … */
  readonly inputs: readonly (readonly number[])[];
  readonly nodes: readonly Node[];
  readonly initializers?: readonly Tensor[];
  /** Values are drawn from this range; −1.5 to 1.5 unless told. */
  readonly range?: readonly [number, number];
  /** The reason why WebGPU cannot run the case. */
  readonly webgpu?: string;
  /** Values of the inputs, and the c of the scalar, as another tool drew them. Absent: drawn. */
  readonly given?: { readonly inputs: readonly (readonly number[])[]; readonly factors: readonly number[] };
  /** The operator set in which the operator is new; `usualOpset` unless told. */
  readonly opset?: number;
}

export type Attributes = NonNullable<Parameters<typeof node>[3]>;

/** One node of x0 … that gives y. */
export const one = (
  name: string,
  opType: string,
  inputs: GradientCase['inputs'],
  attributes: Attributes = {},
  more: Partial<GradientCase> & { readonly constants?: readonly Tensor[] } = {},
): GradientCase => {
  const { constants = [], ...rest } = more;
  const read = [...inputs.map((_, index) => `x${index}`), ...constants.map(({ name: constant = '' }) => constant)];
  return { name, inputs, nodes: [node(opType, read, ['y'], attributes)], initializers: constants, ...rest };
};

export const int32Tensor = (name: string, dims: readonly number[], values: readonly number[]): Tensor =>
  createTensor({ name, dataType: DataType.int32, dims, bytes: Int32Array.from(values) });
export const ints = (name: string, values: readonly number[]): Tensor => int64Tensor(name, [values.length], values);
