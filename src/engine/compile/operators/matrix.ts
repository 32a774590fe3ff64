/** Products of matrices. */
import { productOf } from '../../product-of';
import { activationArguments } from '../activation';
import { packPanels, panelElements } from '../pack';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import { rowMajorStrides, type TensorView } from '../tensor-view';
import { startOf, type Call, type Pointer, type Region } from '../wasm/call';
import { requireFloats, type CompiledFamily, type Unit } from './compiled-operator';

interface Product {
  readonly rows: number;
  readonly columns: number;
  readonly depth: number;
}

/** The call for a product of row-major matrices with packed panels. */
function productCall(unit: Unit, product: Product, parts: ProductParts): Call {
  const { rows, columns, depth } = product;
  const { a, panels, bias, output, added, times } = parts;
  return {
    kernel: 'gemm',
    args: [
      ...[a, 0, depth * 4, 1, 0, 1, 0, depth, panels, bias],
      ...[output, 0, columns * 4, ...(added ? [added, 0, columns * 4] : [0, 0, 0])],
      ...[1, rows, columns, ...activationArguments(unit.activation), 1],
    ],
    ...(times && { times }),
  };
}

interface ProductParts {
  readonly a: Pointer;
  readonly panels: Pointer;
  readonly bias: Pointer;
  readonly output: Pointer;
  readonly added?: Pointer | undefined;
  readonly times?: readonly number[];
}

function lowerGemm(unit: Unit, plan: Plan): void {
  const [aName = '', bName = '', cName = ''] = unit.inputs;
  requireFloats(plan, [aName, bName, cName]);
  const { facts } = unit;
  const [isTurned, isTurnedB] = [facts.int('transA') === 1, facts.int('transB') === 1];
  const alpha = facts.node.attributes.find(({ name }) => name === 'alpha')?.f ?? 1;
  const beta = facts.node.attributes.find(({ name }) => name === 'beta')?.f ?? 1;
  const output = unit.outputs[0]!;
  const [rows = 1, columns = 1] = output.shape;
  const shapeB = plan.value(bName).shape;
  const depth = shapeB[isTurnedB ? 1 : 0]!;
  const a = isTurned ? transposed(plan, plan.flat(aName)) : plan.flat(aName);
  const result = plan.flatView(output.shape, 'float32');
  const panels = matrixPanels(plan, { name: bName, alpha, isTurned: isTurnedB, columns, depth });
  const { bias, added } = additionOf(plan, cName, beta, output.shape);
  plan.addStep([a, ...panels.reads, ...(added ? [added] : [])], [result], () => [
    productCall(
      unit,
      { rows, columns, depth },
      {
        ...{ a: a.pointer(), panels: panels.pointer(), bias: startOf(bias) },
        ...{ output: result.pointer(), added: added?.pointer() },
      },
    ),
  ]);
  plan.define(output.name, result);
}

function transposed(plan: Plan, view: TensorView): TensorView {
  const [rows = 1, columns = 1] = view.shape;
  const result = plan.flatView([columns, rows], 'float32');
  plan.permute(view, result, [1, 0]);
  return result;
}

/** Panels of a matrix: packed in the module if it is constant, otherwise in each run. */
function matrixPanels(
  plan: Plan,
  matrix: { name: string; alpha: number; isTurned: boolean; columns: number; depth: number },
): { readonly reads: readonly TensorView[]; readonly pointer: () => Pointer } {
  const { name, alpha, isTurned, columns, depth } = matrix;
  const weights = plan.floats(name);
  const [columnStep, depthStep] = isTurned ? [depth, 1] : [1, columns];
  if (weights !== undefined) {
    const read = (column: number, row: number): number => alpha * weights[column * columnStep + row * depthStep]!;
    const region = plan.data(packPanels(columns, depth, read));
    return { reads: [], pointer: () => startOf(region) };
  }
  if (alpha !== 1) refuse('Its alpha is not 1, and its second matrix is not constant.');
  const b = plan.flat(name);
  const packed = plan.flatView([panelElements(columns, depth)], 'float32');
  plan.addStep([b], [packed], () => [
    { kernel: 'pack', args: [b.pointer(), depthStep * 4, columnStep * 4, depth, columns, packed.pointer()] },
  ]);
  return { reads: [packed], pointer: () => packed.pointer() };
}

/** What Gemm adds: a bias for each column, or a whole matrix. */
function additionOf(
  plan: Plan,
  name: string,
  beta: number,
  shape: readonly number[],
): { readonly bias: Region; readonly added?: TensorView } {
  const columns = shape[1]!;
  const none = plan.zeros(columns * 4 + 32);
  if (name === '' || beta === 0) return { bias: none };
  const numbers = plan.floats(name)?.map((number) => number * beta);
  const given = plan.value(name).shape;
  const width = given.at(-1) ?? 1;
  if (numbers !== undefined && productOf(given) === width) {
    return { bias: plan.data(width === columns ? numbers : new Float32Array(columns).fill(numbers[0]!)) };
  }
  if (beta !== 1) refuse('Its beta is not 1, and its third matrix is not a constant row.');
  const whole = plan.flatView(shape, 'float32');
  plan.broadcast(plan.flat(name), whole);
  return { bias: none, added: whole };
}

/** What follows a product: a constant row, or a value of its shape. */
export function rowOrWhole(
  plan: Plan,
  name: string | undefined,
  shape: readonly number[],
  columns: number,
): { readonly bias: Region; readonly added?: TensorView } {
  const none = plan.zeros(columns * 4 + 32);
  if (name === undefined) return { bias: none };
  const numbers = plan.floats(name);
  if (numbers?.length === columns && plan.value(name).shape.at(-1) === columns) return { bias: plan.data(numbers) };
  const given = plan.flat(name);
  if (given.shape.join() === shape.join()) return { bias: none, added: given };
  const added = plan.flatView(shape, 'float32');
  plan.broadcast(given, added);
  return { bias: none, added };
}

function lowerMatMul(unit: Unit, plan: Plan): void {
  const [aName = '', bName = ''] = unit.inputs;
  requireFloats(plan, [aName, bName]);
  const output = unit.outputs[0]!;
  const shapeA = plan.value(aName).shape;
  const shapeB = plan.value(bName).shape;
  const depth = shapeA.at(-1)!;
  const isVectorA = shapeA.length === 1;
  const isVectorB = shapeB.length === 1;
  const a = plan.flat(aName);
  const rowsOfOne = isVectorA ? 1 : shapeA.at(-2)!;
  const columns = isVectorB ? 1 : shapeB.at(-1)!;
  const batchB = shapeB.slice(0, -2);
  const result = plan.flatView(output.shape, 'float32');
  const { bias, added } = rowOrWhole(plan, unit.added, output.shape, columns);
  const reads = added ? [a, added] : [a];
  if (productOf(batchB) === 1) {
    const rows = productOf(output.shape) / columns;
    const panels = matrixPanels(plan, { name: bName, alpha: 1, isTurned: false, columns, depth });
    plan.addStep([...reads, ...panels.reads], [result], () => [
      productCall(
        unit,
        { rows, columns, depth },
        {
          ...{ a: a.pointer(), panels: panels.pointer(), bias: startOf(bias) },
          ...{ output: result.pointer(), added: added?.pointer() },
        },
      ),
    ]);
  } else {
    const size = { rows: rowsOfOne, columns, depth };
    lowerBatches(unit, plan, size, { a, b: plan.flat(bName), result, added, bias, reads });
  }
  plan.define(output.name, result);
}

interface BatchParts {
  readonly a: TensorView;
  readonly b: TensorView;
  readonly result: TensorView;
  readonly added: TensorView | undefined;
  readonly bias: Region;
  readonly reads: readonly TensorView[];
}

/** Products of stacks of matrices, whose leading axes broadcast. */
function lowerBatches(unit: Unit, plan: Plan, product: Product, parts: BatchParts): void {
  const { rows, columns, depth } = product;
  const { a, b, result, added, bias, reads } = parts;
  const batchB = b.shape.slice(0, -2);
  const batch = result.shape.slice(0, a.shape.length === 1 ? -1 : -2);
  const panelBytes = panelElements(columns, depth) * 4;
  const packed = plan.flatView([productOf(batchB) * panelElements(columns, depth)], 'float32');
  const packedStrides = batchStrides(batchB, panelBytes, batchB);
  plan.addStep([b], [packed], () => [
    {
      kernel: 'pack',
      args: [
        b.pointer(0, batchStrides(batchB, depth * columns * 4, batchB)),
        ...[columns * 4, 4, depth, columns, packed.pointer(0, packedStrides)],
      ],
      times: batchB,
    },
  ]);
  plan.addStep([...reads, packed], [result], () => {
    const outer = batchStrides(batch, rows * columns * 4, batch);
    return [
      productCall(unit, product, {
        a: a.pointer(0, batchStrides(a.shape.slice(0, -2), rows * depth * 4, batch)),
        panels: packed.pointer(0, batchStrides(batchB, panelBytes, batch)),
        bias: startOf(bias),
        output: result.pointer(0, outer),
        added: added?.pointer(0, outer),
        times: batch,
      }),
    ];
  });
}

/** Strides of leading axes that broadcast to `batch`, around matrices of so many bytes. */
function batchStrides(own: readonly number[], bytes: number, batch: readonly number[]): readonly number[] {
  const strides = rowMajorStrides(own, bytes).map((stride, axis) => (own[axis] === 1 ? 0 : stride));
  return [...batch.slice(own.length).map(() => 0), ...strides];
}

export const matrices: CompiledFamily = new Map([
  ['Gemm', { lower: lowerGemm, fusesActivation: true }],
  ['MatMul', { lower: lowerMatMul, fusesActivation: true, fusesAddition: () => true }],
]);
