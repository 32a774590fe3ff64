import type { ImagePreprocessing } from '../mapping/mapping';

type AveragingFilter = Exclude<ImagePreprocessing['filter'], 'nearest'>;

/** The weights of the pixels of one axis: output `i` is the sum of `counts[i]` inputs from `starts[i]` on. */
export interface ResampleWeights {
  readonly starts: Int32Array;
  readonly counts: Int32Array;
  /** Fixed point with 22 bits behind the point; those of output `i` begin at `i × stride`. */
  readonly weights: Int32Array;
  readonly stride: number;
}

/** Bits behind the point: 32 − 8 for the pixel − 2 for weights that overshoot. */
export const weightBits = 22;

const supports: Readonly<Record<AveragingFilter, number>> = { bilinear: 1, bicubic: 2 };

function bilinear(distance: number): number {
  const x = Math.abs(distance);
  return x < 1 ? 1 - x : 0;
}

/** Keys' kernel with a = −0.5. */
function bicubic(distance: number): number {
  const x = Math.abs(distance);
  const a = -0.5;
  if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
  return x < 2 ? (((x - 5) * x + 8) * x - 4) * a : 0;
}

/**
 * Computes the weights of outputs `first` to `first + count` when `inputSize` pixels become `outputSize`. Follows
 * `precompute_coeffs` and `normalize_coeffs_8bpc` of Pillow's `Resample.c` step by step, so the weights are equal to
 * the bit. The kernel is stretched when the picture shrinks (antialiasing) and cut off at the edges.
 */
export function resampleWeights(
  filter: AveragingFilter,
  inputSize: number,
  outputSize: number,
  first: number,
  count: number,
): ResampleWeights {
  const kernel = filter === 'bilinear' ? bilinear : bicubic;
  const scale = inputSize / outputSize;
  const stretch = Math.max(scale, 1);
  const support = supports[filter] * stretch;
  const stride = Math.ceil(support) * 2 + 1;
  const starts = new Int32Array(count);
  const counts = new Int32Array(count);
  const weights = new Int32Array(count * stride);
  const exact = new Float64Array(stride);
  for (let index = 0; index < count; index++) {
    const center = (first + index + 0.5) * scale;
    const start = Math.max(0, Math.trunc(center - support + 0.5));
    const taps = Math.min(inputSize, Math.trunc(center + support + 0.5)) - start;
    let sum = 0;
    for (let tap = 0; tap < taps; tap++) {
      exact[tap] = kernel((tap + start - center + 0.5) * (1 / stretch));
      sum += exact[tap]!;
    }
    for (let tap = 0; tap < taps; tap++) {
      const weight = sum === 0 ? exact[tap]! : exact[tap]! / sum;
      weights[index * stride + tap] = Math.trunc((weight < 0 ? -0.5 : 0.5) + weight * (1 << weightBits));
    }
    starts[index] = start;
    counts[index] = taps;
  }
  return { starts, counts, weights, stride };
}

/**
 * Returns the input pixel of each output from `first` on, for the filter `nearest`: the one that holds the output's center. Adds up the
 * step as Pillow's `ImagingScaleAffine` does; a multiplication would round differently.
 */
export function nearestPixels(inputSize: number, outputSize: number, first: number, count: number): Int32Array {
  const step = inputSize / outputSize;
  const pixels = new Int32Array(count);
  let position = step * 0.5;
  for (let index = 0; index < first + count; index++) {
    if (index >= first) pixels[index - first] = Math.min(Math.trunc(position), inputSize - 1);
    position += step;
  }
  return pixels;
}
