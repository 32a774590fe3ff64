/** The bias corrects the mean of the outputs that factors lose, at no cost. */
import type { LayerWeight, FormBasis } from './form-bases';
import type { LayerMoments } from './layer-moments';

/**
 * The bias with which outputs keep their mean, as far as the moments tell it.
 * @param combined the product of the basis at this rank, if it is known already.
 */
export async function biasForMean(
  basis: FormBasis,
  rank: number,
  weight: LayerWeight,
  moments: LayerMoments | undefined,
  bias: Float64Array,
  combined?: Float64Array,
): Promise<Float64Array> {
  if (moments === undefined || basis.form.method !== 'svd') return bias;
  const { of, sums } = moments;
  const means = sums.inputSums.map((sum) => sum / sums.samples);
  const lost =
    of === 'inputs'
      ? lostOfInputs(combined ?? (await basis.combined(rank)), weight, means)
      : lostOfOutputs(basis, rank, weight, means, bias);
  return bias.map((value, output) => value + lost[output]!);
}

/** (W − B·A)·x̄. */
function lostOfInputs(
  combined: Float64Array,
  { outputs, inputs, values }: LayerWeight,
  means: Float64Array,
): Float64Array {
  const lost = new Float64Array(outputs);
  for (let output = 0; output < outputs; output += 1) {
    for (let input = 0; input < inputs; input += 1) {
      const at = output * inputs + input;
      lost[output]! += (values[at]! - combined[at]!) * means[input]!;
    }
  }
  return lost;
}

/** z̄ − U·Uᵀ·z̄ with z̄ = ȳ − b: the second factor holds multiples of U's columns. */
function lostOfOutputs(
  basis: FormBasis,
  rank: number,
  { outputs }: LayerWeight,
  means: Float64Array,
  bias: Float64Array,
): Float64Array {
  const { second } = basis.factors(rank);
  const columns = second.length / outputs;
  const lost = means.map((mean, output) => mean - bias[output]!);
  const start = lost.slice();
  for (let column = 0; column < columns; column += 1) {
    let [square, along] = [0, 0];
    for (let output = 0; output < outputs; output += 1) {
      const value = second[output * columns + column]!;
      square += value * value;
      along += value * start[output]!;
    }
    if (!(square > 0)) continue;
    for (let output = 0; output < outputs; output += 1) {
      lost[output]! -= (along / square) * second[output * columns + column]!;
    }
  }
  return lost;
}
