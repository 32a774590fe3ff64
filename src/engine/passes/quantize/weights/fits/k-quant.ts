/** k-quant of llama.cpp, as ONNX Runtime's tool has it (`quant_tensor_k_quant_cpu`, 1.32): large weights count more. */
import { roundHalfEven } from '../../../../round-half-even';
import type { BlockFit, FloatArray, Levels } from '../weight-grid';
import { fitLeastError } from './least-error';

const steps = 20;
const stepOfFactor = 0.1;

/**
 * Fits scale and least value by weighted least squares over 21 grids, each weight counting √(mean of squares) + |w|. As
 * in the tool, the range of the grids follows the best one so far, and the zero point is rounded at the end. Unlike in
 * the tool, the range always includes zero, without which weights of one sign would be clipped. A symmetric grid, which
 * the tool does not have, is that of the least squared error.
 */
export function fitKQuant(values: FloatArray, start: number, end: number, levels: Levels, fit: BlockFit): void {
  if (levels.symmetric) {
    fitLeastError(values, start, end, levels, fit);
    return;
  }
  const { highest, roundScale, middle } = levels;
  const count = end - start;
  let low = 0;
  let high = 0;
  let squares = 0;
  for (let at = start; at < end; at += 1) {
    const value = values[at]!;
    if (value < low) low = value;
    if (value > high) high = value;
    squares += value * value;
  }
  const block = weigh(values, start, end, Math.sqrt(squares / count));
  let scale = high === low ? 1 : (high - low) / highest;
  let least = Infinity;
  for (let step = -1; step < steps; step += 1) {
    const factor = step < 0 ? highest : highest - 1 + stepOfFactor * step;
    const codes = sumCodes(values, start, end, { low, inverse: high === low ? 1 : factor / (high - low), highest });
    const determinant = block.w * codes.ll - codes.l * codes.l;
    // The first grid is the range itself.
    const nextScale = step < 0 ? scale : (block.w * codes.xl - block.x * codes.l) / determinant;
    const nextLow = step < 0 ? low : (codes.ll * block.x - codes.l * codes.xl) / determinant;
    const error = weightedError(block, codes, nextScale, nextLow);
    if (!(error < least && nextLow <= 0 && nextScale * highest >= -nextLow)) continue;
    [least, scale, low] = [error, nextScale, nextLow];
  }
  fit.scale = roundScale(scale);
  fit.zeroPoint = scale === 0 ? middle : Math.min(highest, Math.max(0, roundHalfEven(-low / scale)));
}

/** The weight of each value of the block in the fit. */
let counts = new Float64Array(256);

/** Sums over the values x of a block that count w each. */
interface BlockSums {
  readonly w: number;
  readonly x: number;
  readonly xx: number;
}

function weigh(values: FloatArray, start: number, end: number, floor: number): BlockSums {
  if (counts.length < end - start) counts = new Float64Array(end - start);
  let [sumW, sumX, sumXx] = [0, 0, 0];
  for (let at = start; at < end; at += 1) {
    const x = values[at]!;
    const w = floor + Math.abs(x);
    counts[at - start] = w;
    sumW += w;
    sumX += w * x;
    sumXx += w * x * x;
  }
  return { w: sumW, x: sumX, xx: sumXx };
}

/** Sums over the codes l. */
interface CodeSums {
  readonly l: number;
  readonly ll: number;
  readonly xl: number;
}

function sumCodes(
  values: FloatArray,
  start: number,
  end: number,
  { low, inverse, highest }: { readonly low: number; readonly inverse: number; readonly highest: number },
): CodeSums {
  let [sumL, sumLl, sumXl] = [0, 0, 0];
  for (let at = start; at < end; at += 1) {
    const x = values[at]!;
    let l = roundHalfEven(inverse * (x - low));
    if (l < 0) l = 0;
    else if (l > highest) l = highest;
    const weighted = counts[at - start]! * l;
    sumL += weighted;
    sumLl += weighted * l;
    sumXl += weighted * x;
  }
  return { l: sumL, ll: sumLl, xl: sumXl };
}

/** Σ w·(s·l + m − x)². */
function weightedError({ w, x, xx }: BlockSums, { l, ll, xl }: CodeSums, s: number, m: number): number {
  return s * s * ll + m * m * w + xx + 2 * (s * m * l - s * xl - m * x);
}
