import type { ValueRange, ValueStatistics } from '../../../../calibration/value-statistics';
import { binEdges, withinSeen, type CalibratorSettings } from './calibrator';

/**
 * Returns the magnitude that `percentile` percent of the values stay below, on both sides, limited to the observed
 * range. It is the left edge of the bin in which the share is reached (`compute_percentile` in
 * onnxruntime/quantization/calibrate.py, 1.32, symmetric). ONNX Runtime assigns every value to its bins. Here the bins
 * of the histogram are assigned, each by its middle, which is off by at most 1/4,096 of the largest value.
 */
export function percentileRange(seen: ValueStatistics, { percentile, bins }: CalibratorSettings): ValueRange {
  const largest = Math.max(-seen.minimum, seen.maximum);
  const edges = binEdges(seen.smallest, largest, bins);
  const counts = magnitudesBetween(seen, edges);
  const total = counts.reduce((sum, count) => sum + count, 0);
  let below = 0;
  let bin = 0;
  for (; bin < bins; bin += 1) {
    below += counts[bin]! / total;
    if (below >= percentile / 100) break;
  }
  const threshold = edges[bin]!;
  return withinSeen({ minimum: -threshold, maximum: threshold }, seen);
}

function magnitudesBetween({ histogram, smallest }: ValueStatistics, edges: Float32Array): Float64Array {
  const last = edges.length - 2;
  const width = (edges[last + 1]! - edges[0]!) / (last + 1);
  const counts = new Float64Array(last + 1);
  histogram.forEach((middle, count) => {
    const magnitude = Math.max(Math.abs(middle), smallest);
    let bin = Math.min(last, Math.max(0, Math.floor((magnitude - edges[0]!) / width)));
    while (bin > 0 && magnitude < edges[bin]!) bin -= 1;
    while (bin < last && magnitude >= edges[bin + 1]!) bin += 1;
    counts[bin]! += count;
  });
  return counts;
}
