/** The factors of a layer in each form, for every rank: of its weight alone, or of its outputs on data. */
import {
  lossesOf,
  lowRankBasis,
  type LowRankBasis,
  type Moments,
  type WeightMatrix,
} from '../../linear-algebra/low-rank';
import { transposed } from '../../linear-algebra/matrix-products';
import type { Checkpoint } from '../../linear-algebra/row-products';
import type { LayerForm } from './layer-forms';
import type { LayerMoments } from './layer-moments';
import { productOf } from '../../product-of';

/** A weight, [outputs, inputs, …kernel], with its sizes. */
export interface LayerWeight {
  readonly outputs: number;
  readonly inputs: number;
  readonly kernel: readonly number[];
  readonly values: Float64Array;
}

export interface FactorPair {
  /** [channels between, inputs, …kernel]; where it is depthwise, [channels between, …kernel]. */
  readonly first: Float64Array;
  /** [outputs, channels between, …kernel], the kernel only where the first has but a part of it. */
  readonly second: Float64Array;
}

export interface FormBasis {
  readonly form: LayerForm;
  /** The share of the layer's output that is lost, by rank from 0. */
  readonly losses: Float64Array;
  factors(rank: number): FactorPair;
  /** The weight that both layers together stand for, [outputs, inputs, …kernel]. */
  combined(rank: number): Promise<Float64Array>;
}

/**
 * `null` if the weight holds a number that is not finite.
 * @param isCentered the layer has a bias, which takes the mean of its outputs.
 */
export async function formBasis(
  form: LayerForm,
  weight: LayerWeight,
  moments: LayerMoments | undefined,
  { isCentered, checkpoint }: { readonly isCentered: boolean; readonly checkpoint: Checkpoint },
): Promise<FormBasis | null> {
  switch (form.method) {
    case 'svd':
      return svdBasis(form, weight, moments && spread(moments, isCentered), checkpoint);
    case 'spatial-svd':
      return spatialBasis(form, weight, moments, checkpoint);
    case 'depthwise-separable':
      return depthwiseBasis(form, weight, moments, checkpoint);
  }
}

async function svdBasis(
  form: LayerForm,
  { outputs, inputs, kernel, values }: LayerWeight,
  moments: Moments | undefined,
  checkpoint: Checkpoint,
): Promise<FormBasis | null> {
  const reads = inputs * productOf(kernel);
  const basis = await lowRankBasis({ outputs, inputs: reads, values }, form.mostRank, moments, checkpoint);
  return (
    basis && {
      form,
      losses: basis.losses,
      factors: (rank) => ({
        first: basis.first.slice(0, rank * reads),
        second: transposed(basis.second.subarray(0, rank * outputs), rank, outputs),
      }),
      combined: (rank) => combine(basis, rank, { outputs, inputs: reads }, checkpoint),
    }
  );
}

/** The moments of the values about their mean, or about zero. */
function spread({ of, sums }: LayerMoments, isCentered: boolean): Moments {
  const { inputs: size, samples, gram } = sums;
  const means = sums.inputSums.map((sum) => (isCentered ? sum / samples : 0));
  const matrix = new Float64Array(size * size);
  for (let row = 0; row < size; row += 1) {
    for (let column = 0; column <= row; column += 1) {
      const at = row * size + column;
      matrix[at] = gram[at]! / samples - means[row]! * means[column]!;
    }
  }
  return { of, matrix };
}

/** Σ over the first `rank` rows of second ⊗ first: [outputs, inputs]. */
async function combine(
  { first, second }: LowRankBasis,
  rank: number,
  { outputs, inputs }: Pick<WeightMatrix, 'outputs' | 'inputs'>,
  checkpoint: Checkpoint,
): Promise<Float64Array> {
  const weight = new Float64Array(outputs * inputs);
  for (let row = 0; row < rank; row += 1) {
    for (let output = 0; output < outputs; output += 1) {
      const factor = second[row * outputs + output]!;
      const at = output * inputs;
      for (let input = 0; input < inputs; input += 1) weight[at + input]! += factor * first[row * inputs + input]!;
    }
    await checkpoint();
  }
  return weight;
}

/** The basis of the weight as [outputs · width, inputs · height], with each input channel scaled by its values. */
async function spatialBasis(
  form: LayerForm,
  weight: LayerWeight,
  moments: LayerMoments | undefined,
  checkpoint: Checkpoint,
): Promise<FormBasis | null> {
  const { outputs, inputs, kernel } = weight;
  const [height = 1, width = 1] = kernel;
  const loudness = loudnessOf(inputs, moments);
  const turned: WeightMatrix = { outputs: outputs * width, inputs: inputs * height, values: spatialMatrix(weight) };
  const forEachInput = (rows: Float64Array, factor: (channel: number) => number): void => {
    for (let at = 0; at < rows.length; at += 1) {
      rows[at]! *= factor(Math.floor((at % turned.inputs) / height));
    }
  };
  forEachInput(turned.values, (channel) => loudness[channel]!);
  const basis = await lowRankBasis(turned, form.mostRank, undefined, checkpoint);
  if (basis === null) return null;
  forEachInput(basis.first, (channel) => 1 / loudness[channel]!);
  return {
    form,
    losses: basis.losses,
    factors: (rank) => ({
      first: basis.first.slice(0, rank * turned.inputs),
      second: blocksTurned(basis.second.subarray(0, rank * turned.outputs), rank, outputs, width),
    }),
    combined: async (rank) => fromSpatial(await combine(basis, rank, turned, checkpoint), weight),
  };
}

/** [outputs, inputs, height, width] as [outputs, width, inputs, height]. */
function spatialMatrix({ outputs, inputs, kernel, values }: LayerWeight): Float64Array {
  const [height = 1, width = 1] = kernel;
  const each = inputs * height;
  const matrix = new Float64Array(values.length);
  for (let output = 0; output < outputs; output += 1) {
    matrix.set(transposed(values.subarray(output * each * width), each, width), output * each * width);
  }
  return matrix;
}

function fromSpatial(matrix: Float64Array, { outputs, inputs, kernel }: LayerWeight): Float64Array {
  const [height = 1, width = 1] = kernel;
  const each = inputs * height;
  const values = new Float64Array(matrix.length);
  for (let output = 0; output < outputs; output += 1) {
    values.set(transposed(matrix.subarray(output * each * width), width, each), output * each * width);
  }
  return values;
}

/** [a, b, block] as [b, a, block]. */
function blocksTurned(values: Float64Array, a: number, b: number, block: number): Float64Array {
  const result = new Float64Array(values.length);
  for (let i = 0; i < a; i += 1) {
    for (let j = 0; j < b; j += 1) {
      const from = (i * b + j) * block;
      result.set(values.subarray(from, from + block), (j * a + i) * block);
    }
  }
  return result;
}

/** The root of the power of each channel, 1 on average; never zero. */
function loudnessOf(inputs: number, moments: LayerMoments | undefined): Float64Array {
  const power = moments?.inputPower;
  const mean = power === undefined ? 0 : power.reduce((sum, value) => sum + value, 0) / inputs;
  if (power === undefined || !(mean > 0 && mean < Infinity)) return new Float64Array(inputs).fill(1);
  return power.map((value) => Math.sqrt(value / mean + 1e-3));
}

/** The main filters of the kernels of each input channel: [outputs, taps] of rank `rank`. */
async function depthwiseBasis(
  form: LayerForm,
  { outputs, inputs, kernel, values }: LayerWeight,
  moments: LayerMoments | undefined,
  checkpoint: Checkpoint,
): Promise<FormBasis | null> {
  const taps = productOf(kernel);
  const loudness = loudnessOf(inputs, moments);
  const lost = new Float64Array(form.mostRank + 1);
  const bases: LowRankBasis[] = [];
  for (let channel = 0; channel < inputs; channel += 1) {
    const own = channelOf(values, channel, { outputs, inputs, taps });
    const basis = await lowRankBasis({ outputs, inputs: taps, values: own }, form.mostRank, undefined, checkpoint);
    if (basis === null) return null;
    const power = loudness[channel]! ** 2 * own.reduce((sum, value) => sum + value * value, 0);
    basis.losses.forEach((loss, rank) => {
      lost[rank]! += power * loss;
    });
    bases.push(basis);
    await checkpoint();
  }
  return {
    form,
    losses: lossesOf(differences(lost), form.mostRank),
    factors: (rank) => depthwiseFactors(bases, rank, outputs, taps),
    combined: async (rank) => {
      const combined = new Float64Array(values.length);
      for (const [channel, basis] of bases.entries()) {
        const own = await combine(basis, rank, { outputs, inputs: taps }, checkpoint);
        for (let output = 0; output < outputs; output += 1) {
          combined.set(own.subarray(output * taps, (output + 1) * taps), (output * inputs + channel) * taps);
        }
      }
      return combined;
    },
  };
}

/** The reduction of the loss by each rank, and the rest after the last. Their sums from the end on are the losses again. */
function differences(lost: Float64Array): Float64Array {
  return lost.map((loss, rank) => loss - (lost[rank + 1] ?? 0));
}

function channelOf(
  values: Float64Array,
  channel: number,
  { outputs, inputs, taps }: { readonly outputs: number; readonly inputs: number; readonly taps: number },
): Float64Array {
  const own = new Float64Array(outputs * taps);
  for (let output = 0; output < outputs; output += 1) {
    const at = (output * inputs + channel) * taps;
    own.set(values.subarray(at, at + taps), output * taps);
  }
  return own;
}

function depthwiseFactors(bases: readonly LowRankBasis[], rank: number, outputs: number, taps: number): FactorPair {
  const between = bases.length * rank;
  const first = new Float64Array(between * taps);
  const second = new Float64Array(outputs * between);
  bases.forEach((basis, channel) => {
    first.set(basis.first.subarray(0, rank * taps), channel * rank * taps);
    for (let own = 0; own < rank; own += 1) {
      for (let output = 0; output < outputs; output += 1) {
        second[output * between + channel * rank + own] = basis.second[own * outputs + output]!;
      }
    }
  });
  return { first, second };
}
