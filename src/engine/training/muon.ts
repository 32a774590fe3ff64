/**
 * Muon (Jordan et al. 2024) moves a matrix by the orthogonal matrix nearest to its momentum. Directions with small
 * gradients then move as far as the others.
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

/** Narrower matrices gain little from orthogonalization. It costs more than the rest of the step for wider ones. */
const [leastSide, mostSide] = [8, 256];
const weightInputs: ReadonlyMap<string, readonly number[]> = new Map([
  ['Conv', [1]],
  ['Gemm', [0, 1]],
  ['MatMul', [0, 1]],
]);

/** Finds dense layers and pointwise convolutions. Embeddings are left out, because each step moves only a few of their rows. */
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

/**
 * Odd polynomials a·σ + b·σ³ + c·σ⁵ of singular values, applied one after the other (Polar Express, Amsel et al. 2025).
 * Each is the nearest to one on the result of the one before. Singular values from 0.011 to 1 end between 0.74 and 1.26, and smaller ones grow 76-fold at most.
 */
export const polynomials: readonly (readonly [linear: number, cubic: number, quintic: number])[] = [
  [8.0672, -23.5173, 17.3641],
  [3.604, -2.6983, 0.5339],
  [2.6152, -1.9392, 0.4484],
];
/** Elements are then as large as those of Adam's steps usually are, and one learning rate serves both (Liu et al. 2025). */
const usualSize = 0.2;
/** A matrix of zeros stays one. */
const nothing = 1e-7;

function orthogonalize(builder: StepBuilder, matrix: ValueName): ValueName {
  const [rows, columns] = builder.shapeOf(matrix) as [number, number];
  const isTall = rows > columns;
  const squareOf = (value: ValueName): ValueName => builder.gemm(value, value, isTall, !isTall);
  const lengthOf = (value: ValueName): ValueName =>
    builder.add(builder.unary('Sqrt', builder.sum(builder.multiply(value, value), [0, 1])), builder.scalar(nothing));
  let x = builder.divide(matrix, lengthOf(matrix));
  let square = squareOf(x);
  // The fourth root of the sum of fourth powers of the singular values is the tightest cheap bound of the largest one.
  const bound = lengthOf(square);
  x = builder.divide(x, builder.unary('Sqrt', bound));
  square = builder.divide(square, bound);
  for (const [index, [linear, cubic, quintic]] of polynomials.entries()) {
    if (index > 0) square = squareOf(x);
    const size = index + 1 < polynomials.length ? 1 : usualSize * Math.sqrt(Math.max(rows, columns));
    const factor = builder.gemm(square, square, false, false, { alpha: quintic, added: square, beta: cubic });
    const scaled = { alpha: size, added: x, beta: size * linear };
    x = isTall ? builder.gemm(x, factor, false, false, scaled) : builder.gemm(factor, x, false, false, scaled);
  }
  return x;
}
