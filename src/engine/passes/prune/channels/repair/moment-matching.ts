/** Outputs of a layer with the mean and the spread that they have in the original (OBC's correction of statistics, Frantar et al. 2022). */
import type { NormalSums } from '../../../../linear-algebra/normal-sums';
import { gramProduct, type LinearFit } from './least-squares';

/** A channel that hardly varies any more would be blown up, and with it what is wrong in it. */
const scales = { least: 0.2, most: 5 } as const;

/**
 * W ← a·W and b ← ȳ − a·W·x̄ for each output, with a = σ(y) / σ(W·x): y is what the original gives, x what the layer sees now.
 * `null` where there are too few samples.
 */
export function matchMoments(sums: NormalSums, { weights }: LinearFit): LinearFit | null {
  const { inputs, outputs, samples } = sums;
  if (samples < 2) return null;
  const means = sums.inputSums.map((sum) => sum / samples);
  const fitted = { weights: new Float64Array(weights.length), bias: new Float64Array(outputs) };
  for (let output = 0; output < outputs; output += 1) {
    const own = weights.subarray(output * inputs, (output + 1) * inputs);
    let [mean, square] = [0, 0];
    for (let row = 0; row < inputs; row += 1) {
      mean += own[row]! * means[row]!;
      square += own[row]! * gramProduct(sums, row, own, 0);
    }
    const wantedMean = sums.outputSums[output]! / samples;
    const wanted = Math.max(0, sums.outputSquares[output]! / samples - wantedMean ** 2);
    const found = Math.max(square / samples - mean ** 2, Number.MIN_VALUE);
    const scale = Math.min(scales.most, Math.max(scales.least, Math.sqrt(wanted / found)));
    fitted.weights.set(
      own.map((weight) => scale * weight),
      output * inputs,
    );
    fitted.bias[output] = wantedMean - scale * mean;
  }
  return fitted;
}
