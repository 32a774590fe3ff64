/**
 * Muon (Jordan et al. 2024): a matrix moves by the orthogonal matrix nearest to its momentum, so that directions in which gradients
 * are small move as far as the others.
 */
import type { Node, ValueName } from '../onnx/graph';
import { isDefaultDomain } from '../onnx/traverse';
import type { ParameterLayout } from './parameter-layout';
import type { ForwardGraph } from './prepare-forward';
import type { StepBuilder } from './step-builder';

/** A matrix in the flat vector of weights. */
export interface MatrixPlace {
  readonly offset: number;
  readonly rows: number;
  readonly columns: number;
}

/** Of narrower ones there is little to orthogonalize; of wider ones it costs more than the rest of the step. */
const [leastSide, mostSide] = [8, 256];
const weightInputs: ReadonlyMap<string, readonly number[]> = new Map([
  ['Conv', [1]],
  ['Gemm', [0, 1]],
  ['MatMul', [0, 1]],
]);

/** Dense layers and pointwise convolutions: not embeddings, of which each step moves few rows. */
export function findMatrices({ parameters }: ParameterLayout, { graph }: ForwardGraph): readonly MatrixPlace[] {
  const read = new Set(graph.nodes.flatMap(multiplied));
  return parameters.flatMap(({ name, shape, offset, elements }) => {
    const [rows = 0, columns = 0] = shape;
    const smaller = Math.min(rows, columns);
    const isMatrix = read.has(name) && rows * columns === elements && smaller >= leastSide && smaller <= mostSide;
    return isMatrix ? [{ offset, rows, columns }] : [];
  });
}

function multiplied({ domain, opType = '', inputs }: Node): readonly ValueName[] {
  const wanted = isDefaultDomain(domain) ? (weightInputs.get(opType) ?? []) : [];
  return wanted.flatMap((input) => inputs[input] ?? []);
}

/** A flat direction with the matrices of another one, orthogonalized, in their places. Both are [P]. */
export function withMatrices(
  builder: StepBuilder,
  direction: ValueName,
  momentum: ValueName,
  matrices: readonly MatrixPlace[],
): ValueName {
  const parts: ValueName[] = [];
  let end = 0;
  const take = (from: ValueName, start: number, until: number): ValueName =>
    builder.slice(from, [{ axis: 0, start, end: until }]);
  for (const { offset, rows, columns } of matrices.toSorted((a, b) => a.offset - b.offset)) {
    if (offset > end) parts.push(take(direction, end, offset));
    end = offset + rows * columns;
    const matrix = builder.reshape(take(momentum, offset, end), [rows, columns]);
    parts.push(builder.reshape(orthogonalize(builder, matrix), [rows * columns]));
  }
  const [total] = builder.shapeOf(direction) as [number];
  if (end < total) parts.push(take(direction, end, total));
  return builder.concat(parts, 0);
}

/** Newton and Schulz's iteration with Muon's coefficients: singular values come to lie between 0.7 and 1.2. */
const [linear, cubic, quintic] = [3.4445, -4.775, 2.0315];
const iterations = 5;
/** Elements are then as large as those of Adam's steps usually are, and one learning rate serves both (Liu et al. 2025). */
const usualSize = 0.2;

function orthogonalize(builder: StepBuilder, matrix: ValueName): ValueName {
  const [rows, columns] = builder.shapeOf(matrix) as [number, number];
  const isTall = rows > columns;
  const wide = isTall ? builder.transpose(matrix, [1, 0]) : matrix;
  const length = builder.unary('Sqrt', builder.sum(builder.multiply(wide, wide), [0, 1]));
  let x = builder.divide(wide, builder.add(length, builder.scalar(1e-7)));
  for (let step = 0; step < iterations; step++) {
    const square = builder.gemm(x, x, false, true);
    const factor = builder.add(builder.scale(square, cubic), builder.gemm(square, square, false, false, quintic));
    x = builder.add(builder.scale(x, linear), builder.gemm(factor, x, false, false));
  }
  const sized = builder.scale(x, usualSize * Math.sqrt(Math.max(rows, columns)));
  return isTall ? builder.transpose(sized, [1, 0]) : sized;
}
