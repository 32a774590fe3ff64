/** HQQ, half-quadratic quantization (Badri and Shaji 2023): the zero point that leaves the least |error|^0.7. */
import { roundHalfEven } from '../../../../round-half-even';
import type { BlockFit, FloatArray, Levels } from '../weight-grid';
import { fitMinMax } from './min-max';

/** As in the authors' code and in ONNX Runtime's tool. */
const norm = 0.7;
const firstBeta = 10;
const kappa = 1.01;
const iterations = 20;

/**
 * The scale is that of the range. The zero point becomes the mean of code − (w − e)·1/scale, where e is the error without what
 * is small of it (shrink of the norm), again and again while the mean error falls. It ends as a whole number, since that is
 * what the operators read, and within the codes. A symmetric grid has no zero point to move.
 */
export function fitHalfQuadratic(values: FloatArray, start: number, end: number, levels: Levels, fit: BlockFit): void {
  fitMinMax(values, start, end, levels, fit);
  if (levels.symmetric || fit.scale === 0) return;
  const { scale } = fit;
  const inverse = 1 / scale;
  let zero = fit.zeroPoint;
  let beta = firstBeta;
  let least = Infinity;
  for (let iteration = 0; iteration < iterations; iteration += 1) {
    let sum = 0;
    let errors = 0;
    for (let at = start; at < end; at += 1) {
      const value = values[at]!;
      const code = Math.min(levels.highest, Math.max(0, roundHalfEven(value * inverse + zero)));
      const error = value - (code - zero) * scale;
      const magnitude = Math.abs(error);
      errors += magnitude;
      const kept = Math.max(0, magnitude - (magnitude + 1e-8) ** (norm - 1) / beta);
      sum += code - (value - (error < 0 ? -kept : kept)) * inverse;
    }
    zero = sum / (end - start);
    beta *= kappa;
    if (!(errors < least)) break;
    least = errors;
  }
  fit.zeroPoint = Math.min(levels.highest, Math.max(0, roundHalfEven(zero)));
}
