/** Loops over tensors in one order: the innermost two become rows and columns of a kernel, the others loops around its call. */
import type { Argument, Call, Pointer } from './wasm/call';
import { elementBytes, type TensorView } from './tensor-view';

export interface Operand {
  readonly view: Pick<TensorView, 'pointer' | 'type'>;
  /** Bytes between neighbors along each axis of the common shape; 0 repeats. */
  readonly strides: readonly number[];
}

/** One operand as a kernel sees it. */
export interface RowsOperand {
  readonly pointer: Pointer;
  readonly rowStride: number;
  /** Bytes between neighbors in a row. */
  readonly step: number;
}

interface Axis {
  readonly size: number;
  readonly strides: readonly number[];
}

/**
 * Makes a call over a shape. Axes are ordered by the strides of the first operand, and merged where all operands go on evenly. The
 * innermost axis of every vector operand is contiguous or repeated; where it is not, rows have one number.
 */
export function callOverRows(
  shape: readonly number[],
  operands: readonly Operand[],
  options: { readonly needsUnitSteps: boolean },
  make: (
    operands: readonly RowsOperand[],
    rows: number,
    columns: number,
  ) => { kernel: string; args: readonly Argument[] },
): Call | undefined {
  if (shape.includes(0)) return undefined;
  const axes = mergedAxes(shape, operands);
  const units = operands.map(({ view }) => elementBytes[view.type]);
  const inner = axes.at(-1);
  const isUneven = inner?.strides.some(
    (stride, index) => stride !== units[index] && (options.needsUnitSteps ? stride !== 0 || index === 0 : false),
  );
  if (inner === undefined || isUneven === true) axes.push({ size: 1, strides: units });
  const columns = axes.pop()!;
  const rows = axes.pop() ?? { size: 1, strides: operands.map(() => 0) };
  const given = operands.map(({ view }, index) => ({
    pointer: view.pointer(
      0,
      axes.map(({ strides }) => strides[index]!),
    ),
    rowStride: rows.strides[index]!,
    step: columns.strides[index]!,
  }));
  const times = axes.map(({ size }) => size);
  return { ...make(given, rows.size, columns.size), ...(times.length > 0 && { times }) };
}

function mergedAxes(shape: readonly number[], operands: readonly Operand[]): Axis[] {
  const all = shape
    .map((size, axis) => ({ size, strides: operands.map(({ strides }) => strides[axis]!) }))
    .filter(({ size }) => size !== 1)
    .sort((a, b) => Math.abs(b.strides[0]!) - Math.abs(a.strides[0]!));
  const merged: Axis[] = [];
  for (const axis of all) {
    const outer = merged.at(-1);
    const goesOn = outer?.strides.every((stride, index) => stride === axis.strides[index]! * axis.size);
    if (outer !== undefined && goesOn === true)
      merged[merged.length - 1] = { size: outer.size * axis.size, strides: axis.strides };
    else merged.push(axis);
  }
  return merged;
}

/** Strides of a tensor that broadcasts to a shape: 0 along axes that it repeats. */
export function broadcastStrides(view: TensorView, shape: readonly number[]): readonly number[] {
  const missing = shape.length - view.shape.length;
  const { strides } = view;
  return shape.map((_, axis) => (axis < missing ? 0 : strides[axis - missing]!));
}

/** Makes a call of a kernel that takes (address, row stride, step) of each input and of the output, rows, columns, …; any steps will do. */
export function elementCall(
  kernel: string,
  inputs: readonly TensorView[],
  result: TensorView,
  last: readonly Argument[],
): Call | undefined {
  const operands = [result, ...inputs].map((view): Operand => ({
    view,
    strides: broadcastStrides(view, result.shape),
  }));
  return callOverRows(result.shape, operands, { needsUnitSteps: false }, ([target, ...sources], rows, columns) => ({
    kernel,
    args: [
      ...[...sources, target!].flatMap(({ pointer, rowStride, step }) => [pointer, rowStride, step]),
      ...[rows, columns, ...last],
    ],
  }));
}

/** Copies a tensor to another of the same shape, whatever their layouts. */
export function copyCall(from: TensorView, to: TensorView, strides = from.strides): Call | undefined {
  const kernels = { 1: 'copyBytes', 4: 'copy', 8: 'copyWide' } as const;
  const kernel = kernels[elementBytes[to.type] as 1 | 4 | 8];
  const operands = [
    { view: to, strides: to.strides },
    { view: from, strides },
  ];
  return callOverRows(to.shape, operands, { needsUnitSteps: false }, ([target, source], rows, columns) => ({
    kernel,
    args: [
      ...[source!.pointer, source!.rowStride, source!.step],
      ...[target!.pointer, target!.rowStride, target!.step, rows, columns],
    ],
  }));
}
