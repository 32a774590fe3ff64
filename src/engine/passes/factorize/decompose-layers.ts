/** The factors of all layers of a scope, and the ranks with which the output of the whole model loses least. */
import type { Checkpoint } from '../../linear-algebra/row-products';
import type { Tensor, ValueName } from '../../onnx/graph';
import { readFloat32 } from '../../onnx/tensor';
import { floatTensorLike, layerMatrix, tensorOfMatrix } from '../prune/channels/repair/layer-matrix';
import { chooseRanks, type ChosenRank, type ChosenRanks, type RankedLayer } from './choose-ranks';
import type { FactorizeEvidence, TriedLayer } from './factorize-evidence';
import type { FactorizeOptions } from './factorize-options';
import type { FactorizeScope, FormedLayer } from './factorize-scope';
import { formBasis, type FormBasis, type LayerWeight } from './form-bases';
import type { Cost } from './layer-forms';
import type { Factorization } from './write-factors';
import { productOf } from '../../product-of';
import type { LayerMoments } from './layer-moments';

export interface DecomposedLayer extends FormedLayer {
  readonly bases: readonly FormBasis[];
  readonly values: LayerWeight;
  readonly tried?: TriedLayer;
}

type Report = (done: number, total: number) => void;

/** Layers whose weights hold no finite numbers are left out. */
export async function decomposeLayers(
  { layers }: FactorizeScope,
  evidence: FactorizeEvidence | undefined,
  checkpoint: Checkpoint,
  progress: Report,
): Promise<readonly DecomposedLayer[]> {
  const found: DecomposedLayer[] = [];
  for (const [at, formed] of layers.entries()) {
    const { layer, forms } = formed;
    const tried = evidence?.tried[at];
    const { outputs, inputs, kernel } = layer;
    const values = { outputs, inputs, kernel, values: layerMatrix(layer.readers[0]!, layer.weight)!.values };
    const bases: FormBasis[] = [];
    for (const form of forms) {
      const basis = await formBasis(form, values, tried?.moments, {
        isCentered: tried?.bias !== undefined,
        checkpoint,
      });
      if (basis) bases.push(basis);
    }
    if (bases.length > 0) found.push({ ...formed, bases, values, ...(tried && { tried }) });
    progress(at + 1, layers.length);
  }
  return found;
}

/** The remaining cost of the layers at the target. */
export function budgetOf(layers: readonly FormedLayer[], { of, remove }: FactorizeOptions): number {
  return (1 - remove) * costBefore(layers, of);
}

export function costBefore(layers: readonly FormedLayer[], of: keyof Cost): number {
  return layers.reduce((sum, { cost }) => sum + cost[of], 0);
}

export function rankedLayer(
  { cost, bases }: DecomposedLayer,
  of: keyof Cost,
  weights?: readonly number[],
): RankedLayer {
  return {
    cost: cost[of],
    options: bases.map(({ form, losses }, option) => ({
      costPerRank: form.costPerRank[of],
      losses,
      weight: weights?.[option] ?? 1,
    })),
  };
}

/** @param weights of each form of each layer; absent: all the same. */
export function rankedLayers(
  layers: readonly DecomposedLayer[],
  of: keyof Cost,
  weights?: readonly (readonly number[])[],
): readonly RankedLayer[] {
  return layers.map((layer, at) => rankedLayer(layer, of, weights?.[at]));
}

/** The weight of the loss of one layer in the choice, from none to full. */
const trust = [0, 0.5, 1] as const;

export interface TriedRanks {
  readonly chosen: ChosenRanks;
  readonly divergence: number;
}

/**
 * Tries each layer alone in each form, at the rank that would be its share. The divergence of the outputs on held-out
 * samples weighs the losses of the layer. Several choices are made with these weights, and the one with the nearest
 * outputs comes first.
 */
export async function tryRanks(
  layers: readonly DecomposedLayer[],
  evidence: FactorizeEvidence,
  options: FactorizeOptions,
  checkpoint: Checkpoint,
  progress: Report,
): Promise<readonly TriedRanks[]> {
  const total = layers.reduce((sum, { bases }) => sum + bases.length, 0) + trust.length;
  let done = 0;
  const divergenceOf = async (chosen: ChosenRanks): Promise<number> => {
    const divergence = await evidence.trial.divergenceWith(await combinedTensors(layers, chosen, evidence, checkpoint));
    progress((done += 1), total);
    return divergence;
  };
  const weights: number[][] = [];
  for (const [layer, { bases, cost }] of layers.entries()) {
    const own: number[] = [];
    for (const [option, { form, losses }] of bases.entries()) {
      const share = Math.floor(((1 - options.remove) * cost[options.of]) / form.costPerRank[options.of]);
      const rank = Math.max(1, Math.min(form.mostRank, share));
      const divergence = await divergenceOf(layers.map((_, at) => (at === layer ? { option, rank } : undefined)));
      own.push(divergence / Math.max(losses[rank]!, 1e-9));
    }
    weights.push(own);
  }
  const budget = budgetOf(layers, options);
  const tried: TriedRanks[] = [];
  for (const exponent of trust) {
    const powers = weights.map((own) => own.map((weight) => usableWeight(weight) ** exponent));
    const chosen = await chooseRanks(rankedLayers(layers, options.of, powers), budget, checkpoint);
    tried.push({ chosen, divergence: await divergenceOf(chosen) });
  }
  return tried.toSorted((a, b) => a.divergence - b.divergence);
}

/** A layer that seems to make no difference still makes some; one that cannot be compared makes a great one. */
function usableWeight(weight: number): number {
  return Math.min(1e12, Math.max(1e-12, Number.isNaN(weight) ? 1e12 : weight));
}

/** Weights and biases of the whole model with these layers as they would be. */
async function combinedTensors(
  layers: readonly DecomposedLayer[],
  chosen: ChosenRanks,
  { originals }: FactorizeEvidence,
  checkpoint: Checkpoint,
): Promise<ReadonlyMap<ValueName, Tensor>> {
  const tensors = new Map(originals);
  for (const [at, decomposed] of layers.entries()) {
    const choice = chosen[at];
    if (choice === undefined) continue;
    const { layer, bases, values, tried } = decomposed;
    const { outputs, inputs, kernel } = values;
    const combined = await bases[choice.option]!.combined(choice.rank);
    const kind = kernel.length > 0 ? 'convolution' : 'product';
    const matrix = { kind, outputs, inputs, taps: productOf(kernel), values: combined } as const;
    const { weight, bias } = tried!;
    tensors.set(weight, tensorOfMatrix(layer.readers[0]!, layer.weight, matrix));
    const shifted = await biasOf(decomposed, choice, combined);
    if (bias && shifted) tensors.set(bias.name, floatTensorLike(bias.tensor, bias.tensor.dims, shifted));
    await checkpoint();
  }
  return tensors;
}

async function biasOf(
  { bases, values, tried }: DecomposedLayer,
  { option, rank }: ChosenRank,
  combined?: Float64Array,
): Promise<Float64Array | undefined> {
  if (tried?.bias === undefined) return undefined;
  const bias = Float64Array.from(readFloat32(tried.bias.tensor));
  return biasForMean(bases[option]!, rank, values, tried.moments, bias, combined);
}

export async function factorizationsOf(
  layers: readonly DecomposedLayer[],
  chosen: ChosenRanks,
): Promise<readonly Factorization[]> {
  const factorizations: Factorization[] = [];
  for (const [at, decomposed] of layers.entries()) {
    const choice = chosen[at];
    if (choice === undefined) continue;
    const bias = await biasOf(decomposed, choice);
    const { layer, bases } = decomposed;
    factorizations.push({ layer, basis: bases[choice.option]!, rank: choice.rank, ...(bias && { bias }) });
  }
  return factorizations;
}

/**
 * The bias corrects the mean of the outputs that factors lose, at no cost.
 * The bias with which outputs keep their mean, as far as the moments tell it.
 * @param combined the product of the basis at this rank, if it is known already.
 */
async function biasForMean(
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
