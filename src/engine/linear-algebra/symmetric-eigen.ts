/**
 * Eigenvalues and eigenvectors of symmetric matrices, in float64: Householder tridiagonalization, then implicit QL steps on the
 * tridiagonal matrix. Golub and Van Loan, Matrix Computations, 8.3; the shifts are those of EISPACK's `tql2`.
 */
import { inStretches, type Checkpoint } from './row-products';

export interface SymmetricEigen {
  /** Eigenvalues from the largest to the smallest. */
  readonly values: Float64Array;
  /** [size, size]: row i is the eigenvector of value i, of length 1; rows are orthogonal to each other. */
  readonly vectors: Float64Array;
}

/** A step more than this for one eigenvalue means that there are no numbers to find. */
const mostSteps = 60;

/**
 * `null` if `matrix` ([size, size], of which only the lower triangle is read) holds a number that is not finite. Takes
 * about 6·size³ multiplications: seconds for a size of 1,000.
 */
export async function decomposeSymmetric(
  matrix: Float64Array,
  size: number,
  checkpoint: Checkpoint,
): Promise<SymmetricEigen | null> {
  const largest = largestOf(matrix, size);
  if (!Number.isFinite(largest)) return null;
  // The scale keeps squares within the range of numbers.
  const scale = largest > 0 ? largest : 1;
  const full = await mirrored(matrix, size, scale, checkpoint);
  const { diagonal, beside, vectors } = await tridiagonalize(full, size, checkpoint);
  if (!(await diagonalize(diagonal, beside, vectors, checkpoint))) return null;
  return descending(
    diagonal.map((value) => value * scale),
    vectors,
  );
}

/** The largest magnitude in the lower triangle; NaN if it holds one. */
function largestOf(matrix: Float64Array, size: number): number {
  let largest = 0;
  for (let row = 0; row < size; row += 1) {
    for (let at = row * size; at <= row * size + row; at += 1) largest = Math.max(largest, Math.abs(matrix[at]!));
  }
  return largest;
}

async function mirrored(
  matrix: Float64Array,
  size: number,
  scale: number,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const full = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const value = matrix[row * size + column]! / scale;
      full[row * size + column] = value;
      full[column * size + row] = value;
    }
    if (row % 256 === 255) await checkpoint();
  }
  return full;
}

interface Tridiagonal {
  readonly diagonal: Float64Array;
  /** `beside[i]` stands between the places i and i + 1; the last is 0. */
  readonly beside: Float64Array;
  /** Qᵀ with A = Q·T·Qᵀ. */
  readonly vectors: Float64Array;
}

/** Spoils `matrix`. */
async function tridiagonalize(matrix: Float64Array, size: number, checkpoint: Checkpoint): Promise<Tridiagonal> {
  const diagonal = new Float64Array(size);
  const beside = new Float64Array(size);
  // Row k: what reflects column k, from place k + 1 on; and 2 / |v|².
  const reflectors = new Float64Array(size * size);
  const scales = new Float64Array(size);
  for (let k = 0; k + 1 < size; k += 1) {
    diagonal[k] = matrix[k * size + k]!;
    beside[k] = makeReflector(matrix, size, k, reflectors, scales);
    if (scales[k] !== 0) await reflectBothSides(matrix, size, k, reflectors, scales[k]!, checkpoint);
  }
  if (size > 0) diagonal[size - 1] = matrix[size * size - 1]!;
  const vectors = new Float64Array(size * size);
  for (let at = 0; at < size; at += 1) vectors[at * size + at] = 1;
  for (let k = size - 2; k >= 0; k -= 1) {
    const scale = scales[k]!;
    if (scale === 0) continue;
    await inStretches(size - k - 1, 2 * (size - k - 1), checkpoint, (start, end) => {
      for (let row = k + 1 + start; row < k + 1 + end; row += 1) {
        const at = row * size;
        const sum = scale * dotFrom(vectors, at, reflectors, k * size, k + 1, size);
        for (let i = k + 1; i < size; i += 1) vectors[at + i]! -= sum * reflectors[k * size + i]!;
      }
    });
  }
  return { diagonal, beside, vectors };
}

/** Returns the column below the diagonal: this number, and zeros. */
function makeReflector(
  matrix: Float64Array,
  size: number,
  k: number,
  reflectors: Float64Array,
  scales: Float64Array,
): number {
  // The matrix is symmetric: its row lies together.
  const at = k * size;
  let below = 0;
  for (let i = k + 2; i < size; i += 1) below += matrix[at + i]! ** 2;
  const first = matrix[at + k + 1]!;
  if (below === 0) return first;
  const length = Math.sqrt(first * first + below);
  const reflected = first > 0 ? -length : length;
  for (let i = k + 1; i < size; i += 1) reflectors[at + i] = matrix[at + i]!;
  reflectors[at + k + 1]! -= reflected;
  const square = below + (first - reflected) ** 2;
  // Squares of the smallest numbers are zero.
  scales[k] = square > 0 ? 2 / square : 0;
  return reflected;
}

/** Computes A ← A − v·wᵀ − w·vᵀ from row and column k + 1 on, with p = scale·A·v and w = p − (scale / 2)·(pᵀv)·v. */
async function reflectBothSides(
  matrix: Float64Array,
  size: number,
  k: number,
  reflectors: Float64Array,
  scale: number,
  checkpoint: Checkpoint,
): Promise<void> {
  const from = k + 1;
  const v = reflectors.subarray(k * size, (k + 1) * size);
  const w = new Float64Array(size);
  await inStretches(size - from, size - from, checkpoint, (start, end) => {
    for (let row = from + start; row < from + end; row += 1) {
      w[row] = scale * dotFrom(matrix, row * size, v, 0, from, size);
    }
  });
  const shift = (scale / 2) * dotFrom(w, 0, v, 0, from, size);
  for (let i = from; i < size; i += 1) w[i]! -= shift * v[i]!;
  await inStretches(size - from, 2 * (size - from), checkpoint, (start, end) => {
    for (let row = from + start; row < from + end; row += 1) {
      const [own, other] = [v[row]!, w[row]!];
      const at = row * size;
      for (let i = from; i < size; i += 1) matrix[at + i]! -= own * w[i]! + other * v[i]!;
    }
  });
}

/** Two sums beside each other: each addition waits for the one before. */
function dotFrom(a: Float64Array, aAt: number, b: Float64Array, bAt: number, from: number, to: number): number {
  let [even, odd] = [0, 0];
  let i = from;
  for (; i + 1 < to; i += 2) {
    even += a[aAt + i]! * b[bAt + i]!;
    odd += a[aAt + i + 1]! * b[bAt + i + 1]!;
  }
  if (i < to) even += a[aAt + i]! * b[bAt + i]!;
  return even + odd;
}

/** Makes `diagonal` the eigenvalues and the rows of `vectors` theirs. False if this does not end. */
async function diagonalize(
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Float64Array,
  checkpoint: Checkpoint,
): Promise<boolean> {
  const size = diagonal.length;
  let largest = 0;
  let sinceCheckpoint = 0;
  for (let first = 0; first < size; first += 1) {
    largest = Math.max(largest, Math.abs(diagonal[first]!) + Math.abs(beside[first]!));
    for (let step = 0; ; step += 1) {
      let last = first;
      while (last + 1 < size && Math.abs(beside[last]!) > Number.EPSILON * largest) last += 1;
      if (last === first) break;
      if (step === mostSteps) return false;
      stepImplicitly(diagonal, beside, vectors, first, last);
      sinceCheckpoint += (last - first) * size;
      // The limit is the number of multiplications that other loops do between two checkpoints.
      if (sinceCheckpoint > 1 << 22) {
        sinceCheckpoint = 0;
        await checkpoint();
      }
    }
    beside[first] = 0;
  }
  return true;
}

/** One QL step with an implicit shift on the part from `first` to `last`, which nothing splits. */
function stepImplicitly(
  diagonal: Float64Array,
  beside: Float64Array,
  vectors: Float64Array,
  first: number,
  last: number,
): void {
  const half = (diagonal[first + 1]! - diagonal[first]!) / (2 * beside[first]!);
  const root = Math.sqrt(half * half + 1);
  let g = diagonal[last]! - diagonal[first]! + beside[first]! / (half + (half < 0 ? -root : root));
  let [sine, cosine, carried] = [1, 1, 0];
  for (let i = last - 1; i >= first; i -= 1) {
    const f = sine * beside[i]!;
    const b = cosine * beside[i]!;
    const length = Math.sqrt(f * f + g * g);
    beside[i + 1] = length;
    if (length === 0) {
      // The part splits here: what is left of the step comes to nothing.
      diagonal[i + 1]! -= carried;
      beside[last] = 0;
      return;
    }
    sine = f / length;
    cosine = g / length;
    const rest = diagonal[i + 1]! - carried;
    const turned = (diagonal[i]! - rest) * sine + 2 * cosine * b;
    carried = sine * turned;
    diagonal[i + 1] = rest + carried;
    g = cosine * turned - b;
    turnRows(vectors, diagonal.length, i, sine, cosine);
  }
  diagonal[first]! -= carried;
  beside[first] = g;
  beside[last] = 0;
}

function turnRows(vectors: Float64Array, size: number, row: number, sine: number, cosine: number): void {
  const at = row * size;
  const next = at + size;
  for (let i = 0; i < size; i += 1) {
    const a = vectors[at + i]!;
    const b = vectors[next + i]!;
    vectors[next + i] = sine * a + cosine * b;
    vectors[at + i] = cosine * a - sine * b;
  }
}

function descending(diagonal: Float64Array, vectors: Float64Array): SymmetricEigen {
  const size = diagonal.length;
  const order = Array.from(diagonal.keys()).toSorted((a, b) => diagonal[b]! - diagonal[a]! || a - b);
  const sorted = new Float64Array(vectors.length);
  order.forEach((from, row) => sorted.set(vectors.subarray(from * size, (from + 1) * size), row * size));
  return { values: Float64Array.from(order, (at) => diagonal[at]!), vectors: sorted };
}
