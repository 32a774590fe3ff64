/** MSE: the range that leaves the least squared error. */
import { roundHalfEven } from '../../../../round-half-even';
import type { BlockFit, FloatArray, Levels } from '../weight-grid';
import { gridOfRange, rangeOf } from './min-max';

/** Ranges that are tried, from all of it down to so much of it. */
const tries = 10;
const leastShare = 0.55;
/** The number of times that the scale is refitted to the codes. */
const refinements = 2;

/**
 * Shrinks the range from the smallest to the largest value in steps and keeps the grid with the least squared error.
 * Then it moves the scale to Σ w·c ÷ Σ c², the least squares of its codes c (without zero point), while that helps.
 */
export function fitLeastError(values: FloatArray, start: number, end: number, levels: Levels, fit: BlockFit): void {
  const [low, high] = rangeOf(values, start, end);
  let least = Infinity;
  let scale = 0;
  let zeroPoint = levels.middle;
  for (let step = 0; step < tries; step += 1) {
    const share = 1 - ((1 - leastShare) * step) / (tries - 1);
    gridOfRange(share * low, share * high, levels, fit);
    if (fit.scale === 0) return;
    const error = squaredError(values, start, end, levels.highest, fit);
    if (error < least) [least, scale, zeroPoint] = [error, fit.scale, fit.zeroPoint];
  }
  for (let round = 0; round < refinements; round += 1) {
    fit.scale = scale;
    fit.zeroPoint = zeroPoint;
    fit.scale = levels.roundScale(scaleOfCodes(values, start, end, levels.highest, fit));
    if (!(fit.scale !== 0 && Number.isFinite(fit.scale))) break;
    const error = squaredError(values, start, end, levels.highest, fit);
    if (!(error < least)) break;
    [least, scale] = [error, fit.scale];
  }
  fit.scale = scale;
  fit.zeroPoint = zeroPoint;
}

function squaredError(
  values: FloatArray,
  start: number,
  end: number,
  highest: number,
  { scale, zeroPoint }: BlockFit,
): number {
  const inverse = 1 / scale;
  const most = highest - zeroPoint;
  let sum = 0;
  for (let at = start; at < end; at += 1) {
    const value = values[at]!;
    const code = nearest(value * inverse, -zeroPoint, most);
    const error = value - code * scale;
    sum += error * error;
  }
  return sum;
}

function scaleOfCodes(
  values: FloatArray,
  start: number,
  end: number,
  highest: number,
  { scale, zeroPoint }: BlockFit,
): number {
  const inverse = 1 / scale;
  const most = highest - zeroPoint;
  let products = 0;
  let squares = 0;
  for (let at = start; at < end; at += 1) {
    const value = values[at]!;
    const code = nearest(value * inverse, -zeroPoint, most);
    products += value * code;
    squares += code * code;
  }
  return products / squares;
}

/** Code without zero point. */
function nearest(quotient: number, least: number, most: number): number {
  const code = roundHalfEven(quotient);
  return code < least ? least : code > most ? most : code;
}
