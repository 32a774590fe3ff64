/** AWQ: before weights are rounded, the channels of what products read are evened out, so that loud ones meet finer weights. */
import type { Model } from '../../../onnx/graph';
import { nodes } from '../../../onnx/traverse';
import type { Change, PassContext } from '../../pass';
import type { TableDetail } from '../../pass-details';
import { smoothedTable, smoothingChange } from '../smooth/run-smooth-activations';
import { smoothValues } from '../smooth/smooth-values';
import { beforeWeights } from '../smooth/smoothing';
import { noData } from './quantize-layers';
import { fitOf } from './round-layers';
import { levelsOf, type WeightBits } from './weight-grid';
import { findWeightLayers } from './weight-layers';
import type { DataFreeMethod, LayerMethod, WeightsOptions } from './weights-options';

/** How the weights of products are rounded afterwards, below 8 bits: as suits them without data. */
const methodOfProducts: DataFreeMethod = 'mse';

export interface SmoothedInputs {
  /** Computes the same as the one before. */
  readonly model: Model;
  /** How its weights are to be rounded. */
  readonly method: LayerMethod | 'by-layer';
  readonly changes: readonly Change[];
  readonly details: Readonly<Record<string, TableDetail>>;
  readonly sentence?: string;
  /** Why data was not used, where the method asked for it. */
  readonly obstacle?: string;
}

/** For AWQ; with another method the model is left as it is. Only products whose weights the options take are smoothed. */
export async function smoothInputs(
  model: Model,
  options: WeightsOptions,
  context: PassContext,
): Promise<SmoothedInputs> {
  const asItIs = { model, changes: [], details: {} };
  if (options.method !== 'awq') return { ...asItIs, method: options.method };
  const { data, inference } = context;
  const untouched = (obstacle: string): SmoothedInputs => ({ ...asItIs, method: 'by-layer', obstacle });
  if (!data || !inference || data.samples === 0) return untouched(noData);
  const visits = [...nodes(model)];
  const taken = new Set(findWeightLayers(model, options).layers.map(({ visit }) => visit.node));
  const left = new Set(visits.map(({ node }) => node).filter((node) => !taken.has(node)));
  const levels = levelsOf({
    bits: Number(options.bits) as WeightBits,
    symmetric: options.symmetric,
    blockSize: Number(options.blockSize),
  });
  const choice = { aim: beforeWeights(levels, fitOf(methodOfProducts)), strength: 'auto' };
  try {
    const smoothed = await smoothValues(model, left, choice, { ...context, data, inference });
    const { judged } = smoothed;
    const paths = new Map(visits.map(({ node, path }) => [node, path]));
    const kept = judged.filter(({ helps }) => helps);
    const others = kept.length < judged.length ? '; the others would gain too little' : '';
    const sentence =
      judged.length === 0
        ? 'No MatMul or Gemm has a weight of its own, so nothing could be smoothed before rounding.'
        : `${kept.length} of ${judged.length} product inputs were smoothed before rounding${others}.`;
    return {
      model: smoothed.model,
      method: 'by-layer',
      changes: kept.map((one) => smoothingChange(one, paths)),
      details: judged.length > 0 ? { smoothed: smoothedTable(judged) } : {},
      sentence,
    };
  } catch (error) {
    if (context.signal.aborted) throw error;
    return untouched(`the model could not run on the data: ${error instanceof Error ? error.message : String(error)}`);
  }
}
