import type { ValueRange, ValueStatistics } from '../../../../calibration/value-statistics';
import type { AffineOptions } from '../../affine';

/** The settings of a calibrator, beside the statistics. */
export interface CalibratorSettings {
  /** The quantization of the range. */
  readonly activation: AffineOptions;
  /** Share of the values that is covered, in percent. */
  readonly percentile: number;
  readonly bins: number;
}

/** Chooses the range of a value that is spread over the integers. It lies within the range that was seen. */
export type Calibrator = (seen: ValueStatistics, settings: CalibratorSettings) => ValueRange;

/** Cuts a range of ONNX Runtime, whose bins make it wider than the range that was seen, to that range, in float32. */
export function withinSeen({ minimum, maximum }: ValueRange, seen: ValueRange): ValueRange {
  return {
    minimum: Math.max(Math.fround(minimum), seen.minimum),
    maximum: Math.min(Math.fround(maximum), seen.maximum),
  };
}

/** Rising edges of bins of equal width, in float32 as NumPy makes them; half a unit to both sides where all is one number. */
export function binEdges(minimum: number, maximum: number, bins: number): Float32Array {
  const isFlat = minimum === maximum;
  const start = Math.fround(isFlat ? minimum - 0.5 : minimum);
  const end = Math.fround(isFlat ? maximum + 0.5 : maximum);
  const step = Math.fround(Math.fround(end - start) / bins);
  const edges = Float32Array.from({ length: bins + 1 }, (_, at) => Math.fround(Math.fround(at * step) + start));
  edges[bins] = end;
  return edges;
}
