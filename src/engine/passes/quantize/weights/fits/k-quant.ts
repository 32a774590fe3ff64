/** k-quant of llama.cpp, as ONNX Runtime's tool has it (`quant_tensor_k_quant_cpu`, 1.32): large weights count more. */
import { roundHalfEven } from '../../../../round-half-even';
import type { BlockFit, FloatArray, Levels } from '../weight-grid';
import { fitLeastError } from './least-error';

const steps = 20;
const stepOfFactor = 0.1;

/**
 * Weighted least squares of scale and least value over 21 grids, each weight counting √(mean of squares) + |w|. As in the
 * tool, the range that the grids are made from follows the best one so far, and the zero point is rounded at the end. Unlike there,
 * the range always holds zero, without which weights of one sign would be clipped. A symmetric grid, which the tool does not
 * have, is that of the least squared error.
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
  const floor = Math.sqrt(squares / count);
  let scale = high === low ? 1 : (high - low) / highest;
  let least = Infinity;
  for (let step = -1; step < steps; step += 1) {
    const factor = step < 0 ? highest : highest - 1 + stepOfFactor * step;
    const inverse = high === low ? 1 : factor / (high - low);
    const sums = weightedSums(values, start, end, { low, inverse, highest, floor });
    const determinant = sums.w * sums.ll - sums.l * sums.l;
    // The first grid is the range itself.
    const nextScale = step < 0 ? scale : (sums.w * sums.xl - sums.x * sums.l) / determinant;
    const nextLow = step < 0 ? low : (sums.ll * sums.x - sums.l * sums.xl) / determinant;
    const error = weightedError(sums, nextScale, nextLow);
    if (!(error < least && nextLow <= 0 && nextScale * highest >= -nextLow)) continue;
    [least, scale, low] = [error, nextScale, nextLow];
  }
  fit.scale = roundScale(scale);
  fit.zeroPoint = scale === 0 ? middle : Math.min(highest, Math.max(0, roundHalfEven(-low / scale)));
}

/** Sums over the values x and their codes l, weighted by w. */
interface WeightedSums {
  readonly w: number;
  readonly x: number;
  readonly xx: number;
  readonly l: number;
  readonly ll: number;
  readonly xl: number;
}

function weightedSums(
  values: FloatArray,
  start: number,
  end: number,
  grid: { readonly low: number; readonly inverse: number; readonly highest: number; readonly floor: number },
): WeightedSums {
  const { low, inverse, highest, floor } = grid;
  let [sumW, sumX, sumXx, sumL, sumLl, sumXl] = [0, 0, 0, 0, 0, 0];
  for (let at = start; at < end; at += 1) {
    const x = values[at]!;
    let l = roundHalfEven(inverse * (x - low));
    if (l < 0) l = 0;
    else if (l > highest) l = highest;
    const w = floor + Math.abs(x);
    sumW += w;
    sumX += w * x;
    sumXx += w * x * x;
    sumL += w * l;
    sumLl += w * l * l;
    sumXl += w * x * l;
  }
  return { w: sumW, x: sumX, xx: sumXx, l: sumL, ll: sumLl, xl: sumXl };
}

/** Σ w·(s·l + m − x)². */
function weightedError({ w, x, xx, l, ll, xl }: WeightedSums, s: number, m: number): number {
  return s * s * ll + m * m * w + xx + 2 * (s * m * l - s * xl - m * x);
}
