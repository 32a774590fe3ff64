/**
 * Finds the best product of two thin matrices for W, W ≈ B·A: by its singular vectors, or by its outputs or inputs on
 * data. Sources: Eckart and Young 1936; with data, Zhang et al. 2016 (outputs) and SVD-LLM (inputs).
 */
import { factorCholesky, solveCholesky } from './cholesky';
import { matrixProduct, rowGram, transposed } from './matrix-products';
import type { Checkpoint } from './row-products';
import { decomposeSymmetric } from './symmetric-eigen';

/** W, [outputs, inputs]. */
export interface WeightMatrix {
  readonly outputs: number;
  readonly inputs: number;
  readonly values: Float64Array;
}

/** Factors of all ranks up to one, of which the first ones are those of a smaller rank. */
export interface LowRankBasis {
  readonly most: number;
  /** A, [most, inputs]. */
  readonly first: Float64Array;
  /** Bᵀ, [most, outputs]. */
  readonly second: Float64Array;
  /** The squared error that is left at each rank, from 0 to `most`, as a share of the whole. */
  readonly losses: Float64Array;
}

/**
 * Second moments of W·x or x on data. If absent, every direction of x counts the same. Lower triangles of products are
 * enough.
 */
export type Moments =
  /** E[y·yᵀ] of y = W·x, [outputs, outputs]. */
  | { readonly of: 'outputs'; readonly matrix: Float64Array }
  /** E[x·xᵀ], [inputs, inputs]. */
  | { readonly of: 'inputs'; readonly matrix: Float64Array };

/** Directions that the data does not contain are ranked by the weights, with this small weight. */
const unseenShare = 1e-3;

/** The best factors of W for ranks up to `most`; `null` if numbers are not finite. */
export async function lowRankBasis(
  weight: WeightMatrix,
  most: number,
  given: Moments | undefined,
  checkpoint: Checkpoint,
): Promise<LowRankBasis | null> {
  const { outputs, inputs } = weight;
  const rank = Math.min(most, outputs, inputs);
  const moments = given && isSilent(given, weight) ? undefined : given;
  const isByOutputs = moments === undefined ? outputs <= inputs : moments.of === 'outputs';
  return isByOutputs
    ? basisOfOutputs(weight, rank, moments?.matrix, checkpoint)
    : basisOfInputs(weight, rank, moments?.matrix, checkpoint);
}

/** True if all samples contain only zeros, which give no information on directions. */
function isSilent({ of, matrix }: Moments, weight: WeightMatrix): boolean {
  return traceOf(matrix, weight[of]) === 0;
}

/** B are the main directions of the outputs, A = Bᵀ·W. */
async function basisOfOutputs(
  { outputs, inputs, values }: WeightMatrix,
  most: number,
  moments: Float64Array | undefined,
  checkpoint: Checkpoint,
): Promise<LowRankBasis | null> {
  const gram = await rowGram(values, outputs, inputs, checkpoint);
  const eigen = await decomposeSymmetric(mixed(gram, moments, outputs), outputs, checkpoint);
  if (eigen === null) return null;
  const second = eigen.vectors.slice(0, most * outputs);
  const first = await matrixProduct(second, values, { rows: most, inner: outputs, columns: inputs }, checkpoint);
  return balanced({ most, first, second, losses: lossesOf(eigen.values, most) }, { outputs, inputs });
}

/** Computes A = Vᵀ·L⁻¹ and B = W·L·V, with G = L·Lᵀ and V the right singular vectors of W·L. */
async function basisOfInputs(
  { outputs, inputs, values }: WeightMatrix,
  most: number,
  moments: Float64Array | undefined,
  checkpoint: Checkpoint,
): Promise<LowRankBasis | null> {
  const columns = transposed(values, outputs, inputs);
  const gram = await rowGram(columns, inputs, outputs, checkpoint);
  const root = moments && (await rootOf(moments, inputs, checkpoint));
  if (root === null) return null;
  const seen = root === undefined ? gram : await between(root, gram, inputs, checkpoint);
  const eigen = await decomposeSymmetric(seen, inputs, checkpoint);
  if (eigen === null) return null;
  const directions = eigen.vectors.slice(0, most * inputs);
  const shape = { rows: most, inner: inputs, columns: inputs };
  // Rows (L·v)ᵀ.
  const turned =
    root === undefined
      ? directions
      : await matrixProduct(directions, transposed(root, inputs, inputs), shape, checkpoint);
  const second = await matrixProduct(turned, columns, { ...shape, columns: outputs }, checkpoint);
  const first = turned.slice();
  if (root !== undefined) await solveCholesky(root, inputs, first, most, checkpoint);
  return balanced({ most, first, second, losses: lossesOf(eigen.values, most) }, { outputs, inputs });
}

/** Moments with a small share that follows from the weights alone, for directions that no sample showed. */
function mixed(gram: Float64Array, moments: Float64Array | undefined, size: number): Float64Array {
  if (moments === undefined) return gram;
  const share = (unseenShare * traceOf(moments, size)) / Math.max(traceOf(gram, size), Number.MIN_VALUE);
  return moments.map((value, at) => value + share * gram[at]!);
}

/** L, with zeros above the diagonal. */
async function rootOf(moments: Float64Array, size: number, checkpoint: Checkpoint): Promise<Float64Array | null> {
  const root = moments.slice();
  const ridge = Math.max((unseenShare * traceOf(moments, size)) / size, Number.MIN_VALUE);
  for (let row = 0; row < size; row += 1) {
    root[row * size + row]! += ridge;
    root.fill(0, row * size + row + 1, (row + 1) * size);
  }
  return (await factorCholesky(root, size, checkpoint)) ? root : null;
}

/** Lᵀ·M·L. */
async function between(
  root: Float64Array,
  middle: Float64Array,
  size: number,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const shape = { rows: size, inner: size, columns: size };
  const right = await matrixProduct(middle, root, shape, checkpoint);
  return matrixProduct(transposed(root, size, size), right, shape, checkpoint);
}

function traceOf(matrix: Float64Array, size: number): number {
  let trace = 0;
  for (let at = 0; at < size; at += 1) trace += matrix[at * size + at]!;
  return trace;
}

/** The share of the sum that the values behind each rank hold. */
export function lossesOf(values: Float64Array, most: number): Float64Array {
  const losses = new Float64Array(most + 1);
  let rest = 0;
  for (let at = values.length - 1; at >= 0; at -= 1) {
    // Rounding leaves some below zero.
    rest += Math.max(0, values[at]!);
    if (at <= most) losses[at] = rest;
  }
  const whole = losses[0]!;
  return whole > 0 ? losses.map((loss) => loss / whole) : losses;
}

/**
 * Scales row i of both to the same length. Rounding them later, to float16 or integers, then loses as little as
 * possible.
 */
function balanced(basis: LowRankBasis, { outputs, inputs }: Pick<WeightMatrix, 'outputs' | 'inputs'>): LowRankBasis {
  const { most, first, second } = basis;
  for (let row = 0; row < most; row += 1) {
    const a = first.subarray(row * inputs, (row + 1) * inputs);
    const b = second.subarray(row * outputs, (row + 1) * outputs);
    const factor = Math.sqrt(lengthOf(b) / lengthOf(a));
    if (!(factor > 0 && factor < Infinity)) continue;
    for (let at = 0; at < inputs; at += 1) a[at]! *= factor;
    for (let at = 0; at < outputs; at += 1) b[at]! /= factor;
  }
  return basis;
}

function lengthOf(values: Float64Array): number {
  let sum = 0;
  for (let at = 0; at < values.length; at += 1) sum += values[at]! * values[at]!;
  return Math.sqrt(sum);
}
