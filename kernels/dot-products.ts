/**
 * Dot products of three rows with many, nine at once: three by three rows share each vector that is loaded. Only one row of `a` is loaded at a
 * time, so that the sums and the loaded vectors fit the fifteen registers that compilers have.
 */

/** The sum of the lanes of a vector, in float64. */
function sumOf<Lane>(vector: v128): f64 {
  if (sizeof<Lane>() === 8) return f64x2.extract_lane(vector, 0) + f64x2.extract_lane(vector, 1);
  return (
    f64(f32x4.extract_lane(vector, 0)) +
    f64(f32x4.extract_lane(vector, 1)) +
    f64(f32x4.extract_lane(vector, 2)) +
    f64(f32x4.extract_lane(vector, 3))
  );
}

function addProduct<Lane>(sum: v128, left: v128, right: v128): v128 {
  return v128.add<Lane>(sum, v128.mul<Lane>(left, right));
}

function storeSums<Lane>(to: usize, sum0: v128, sum1: v128, sum2: v128): void {
  store<f64>(to, sumOf<Lane>(sum0));
  store<f64>(to, sumOf<Lane>(sum1), 8);
  store<f64>(to, sumOf<Lane>(sum2), 16);
}

/** The products of three rows at `a` with three at `b`. */
function multiplyBlock<Lane>(a: usize, b: usize, stride: usize, bytes: usize, results: usize, width: usize): void {
  const rowEnd = a + bytes;
  let a0 = a;
  let a1 = a0 + stride;
  let a2 = a1 + stride;
  let b0 = b;
  let b1 = b0 + stride;
  let b2 = b1 + stride;
  let sum00 = i32x4.splat(0);
  let sum01 = sum00;
  let sum02 = sum00;
  let sum10 = sum00;
  let sum11 = sum00;
  let sum12 = sum00;
  let sum20 = sum00;
  let sum21 = sum00;
  let sum22 = sum00;
  do {
    let right0 = v128.load(b0);
    let right1 = v128.load(b1);
    let right2 = v128.load(b2);
    let left = v128.load(a0);
    sum00 = addProduct<Lane>(sum00, left, right0);
    sum01 = addProduct<Lane>(sum01, left, right1);
    sum02 = addProduct<Lane>(sum02, left, right2);
    left = v128.load(a1);
    sum10 = addProduct<Lane>(sum10, left, right0);
    sum11 = addProduct<Lane>(sum11, left, right1);
    sum12 = addProduct<Lane>(sum12, left, right2);
    left = v128.load(a2);
    sum20 = addProduct<Lane>(sum20, left, right0);
    sum21 = addProduct<Lane>(sum21, left, right1);
    sum22 = addProduct<Lane>(sum22, left, right2);

    right0 = v128.load(b0, 16);
    right1 = v128.load(b1, 16);
    right2 = v128.load(b2, 16);
    left = v128.load(a0, 16);
    sum00 = addProduct<Lane>(sum00, left, right0);
    sum01 = addProduct<Lane>(sum01, left, right1);
    sum02 = addProduct<Lane>(sum02, left, right2);
    left = v128.load(a1, 16);
    sum10 = addProduct<Lane>(sum10, left, right0);
    sum11 = addProduct<Lane>(sum11, left, right1);
    sum12 = addProduct<Lane>(sum12, left, right2);
    left = v128.load(a2, 16);
    sum20 = addProduct<Lane>(sum20, left, right0);
    sum21 = addProduct<Lane>(sum21, left, right1);
    sum22 = addProduct<Lane>(sum22, left, right2);
    a0 += 32;
    a1 += 32;
    a2 += 32;
    b0 += 32;
    b1 += 32;
    b2 += 32;
  } while (a0 < rowEnd);
  storeSums<Lane>(results, sum00, sum01, sum02);
  storeSums<Lane>(results + width, sum10, sum11, sum12);
  storeSums<Lane>(results + width + width, sum20, sum21, sum22);
}

/**
 * Computes the dot products of three rows at `a`, `a + stride`, `a + 2 × stride` with the rows from `b` to `end`. A row
 * has `bytes` bytes, a multiple of 32. Results are float64: for the first row of `a` at `results`, for the second at
 * `results + width`, for the third at `results + 2 × width`. Rows of `b` are read in threes. Only the first of the last
 * three must begin before `end`.
 */
function multiply<Lane>(
  a: usize,
  b: usize,
  end: usize,
  stride: usize,
  bytes: usize,
  results: usize,
  width: usize,
): void {
  for (let to = results, row = b; row < end; to += 24, row += 3 * stride) {
    multiplyBlock<Lane>(a, row, stride, bytes, to, width);
  }
}

// prettier-ignore
export function multiplyFloat64(a: usize, b: usize, end: usize, stride: usize, bytes: usize, results: usize, width: usize): void {
  multiply<f64>(a, b, end, stride, bytes, results, width);
}

/** Products are added up in float32 along the lanes. */
// prettier-ignore
export function multiplyFloat32(a: usize, b: usize, end: usize, stride: usize, bytes: usize, results: usize, width: usize): void {
  multiply<f32>(a, b, end, stride, bytes, results, width);
}
