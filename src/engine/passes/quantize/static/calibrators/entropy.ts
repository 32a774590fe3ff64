import type { ValueRange, ValueStatistics } from '../../../../calibration/value-statistics';
import { binEdges, withinSeen, type CalibratorSettings } from './calibrator';

const quantizedBins = 128;
const epsilon = 0.0001;

/**
 * The range whose values, in 128 steps, differ least from all values by relative entropy: `get_entropy_threshold` in
 * onnxruntime/quantization/calibrate.py, 1.32, in float32 like the original. There is one candidate with 128 bins, the
 * tool's own default: the whole observed range. @returns a range around zero, cut to the observed range.
 */
export function entropyRange(seen: ValueStatistics, { bins }: CalibratorSettings): ValueRange {
  const largest = Math.max(-seen.minimum, seen.maximum);
  const edges = binEdges(-largest, largest, bins);
  const counts = seen.histogram.between(edges);
  const zeroBin = Math.floor(bins / 2);
  const sums = new Float64Array(bins + 1);
  for (let bin = 0; bin < bins; bin += 1) sums[bin + 1] = sums[bin]! + counts[bin]!;
  let best: ValueRange = { minimum: edges[0]!, maximum: edges[bins]! };
  let least = Infinity;
  for (let half = quantizedBins / 2; half <= zeroBin; half += 1) {
    const start = zeroBin - half;
    const end = Math.min(zeroBin + half + 1, bins);
    const divergence = divergenceOf(counts, sums, start, end);
    if (divergence < least || (half === quantizedBins / 2 && divergence === least)) {
      least = divergence;
      best = { minimum: edges[start]!, maximum: edges[end]! };
    }
  }
  return withinSeen(best, seen);
}

/** The divergence if the bins from `start` to `end` become 128, and all values outside lie at the ends. */
function divergenceOf(counts: Float64Array, sums: Float64Array, start: number, end: number): number {
  const size = end - start;
  const p = new Float64Array(size);
  p.set(counts.subarray(start, end));
  p[0]! += sums[start]!;
  p[size - 1]! += sums[counts.length]! - sums[end]!;
  const q = new Float64Array(size);
  const merged = Math.floor(size / quantizedBins);
  for (let index = 0; index < quantizedBins; index += 1) {
    const from = index * merged;
    const to = from + merged;
    const groupEnd = index === quantizedBins - 1 ? size : to;
    const total = sums[start + groupEnd]! - sums[start + from]!;
    let occupied = 0;
    for (let bin = from; bin < to; bin += 1) if (p[bin] !== 0) occupied += 1;
    // The tool keeps whole numbers.
    if (occupied > 0) q.fill(Math.trunc(total / occupied), from, to);
  }
  return smooth(p) && smooth(q) ? relativeEntropy(p, q) : Infinity;
}

/** Zeros become small values, which are subtracted from the others, in float32. `false` if all are zero. */
function smooth(counts: Float64Array): boolean {
  const { length } = counts;
  let zeros = 0;
  for (let at = 0; at < length; at += 1) if (counts[at] === 0) zeros += 1;
  if (zeros === length) return false;
  const taken = Math.fround((epsilon * zeros) / (length - zeros));
  const small = Math.fround(epsilon);
  for (let at = 0; at < length; at += 1) {
    counts[at] = counts[at] === 0 ? small : Math.fround(Math.fround(counts[at]!) - taken);
  }
  return true;
}

function relativeEntropy(p: Float64Array, q: Float64Array): number {
  const { length } = p;
  let sumOfP = 0;
  let sumOfQ = 0;
  for (let at = 0; at < length; at += 1) {
    sumOfP += p[at]!;
    sumOfQ += q[at]!;
  }
  sumOfP = Math.fround(sumOfP);
  sumOfQ = Math.fround(sumOfQ);
  let divergence = 0;
  for (let at = 0; at < length; at += 1) {
    const share = Math.fround(p[at]! / sumOfP);
    const other = Math.fround(q[at]! / sumOfQ);
    divergence += Math.fround(share * Math.fround(Math.log(Math.fround(share / other))));
  }
  return Math.fround(divergence);
}
