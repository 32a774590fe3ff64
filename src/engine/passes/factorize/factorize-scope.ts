/** The layers of a model that can be factorized under the options of the pass, their forms, and their cost. */
import type { Feeds } from '../../data/feeds';
import type { Model } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import type { Refusal } from '../pass';
import { macsOfNodes } from '../model-cost';
import { sizesFor } from '../prune/channels/channel-scope';
import { factorizableLayers, type FactorizableLayer } from './factorizable-layers';
import type { FactorizeOptions } from './factorize-options';
import { layerCost, layerForms, type Cost, type LayerForm } from './layer-forms';

export interface FormedLayer {
  readonly layer: FactorizableLayer;
  readonly forms: readonly LayerForm[];
  readonly cost: Cost;
}

export interface FactorizeScope {
  readonly model: Model;
  /** The layers with at least one form that saves. */
  readonly layers: readonly FormedLayer[];
  /** MACs of the whole model; `null` while a size is open. */
  readonly macs: number | null;
  readonly refusals: readonly Refusal[];
}

/** @param sample inputs that tell the sizes of free dimensions; without, those are assumed that the page begins with. */
export function factorizeScope(model: Model, options: FactorizeOptions, sample: Feeds | undefined): FactorizeScope {
  const inferred = inferModel(model, { dimensions: sizesFor(model, sample) });
  const { layers, refusals } = factorizableLayers(model, inferred, options);
  const formed = layers.map((layer) => ({
    layer,
    forms: layerForms(layer, options, model.graph!, inferred),
    cost: layerCost(layer),
  }));
  const without = formed.filter(({ forms }) => forms.length === 0);
  return {
    model,
    layers: formed.filter(({ forms }) => forms.length > 0),
    macs: macsOfNodes(model.graph!.nodes, inferred),
    refusals: [...refusals, ...without.map(({ layer }) => refuseForm(layer, options))],
  };
}

function refuseForm({ path, op, kernel }: FactorizableLayer, { method }: FactorizeOptions): Refusal {
  const isProduct = kernel.every((size) => size === 1);
  if (method !== 'auto' && method !== 'svd' && isProduct) {
    const reason = `It has no kernel to factorize: ${method} is for convolutions with one. Choose svd or auto.`;
    return { path, op, code: 'no-kernel', reason };
  }
  const reason = 'Its factors would not cost less at any rank, or it is too large to factorize.';
  return { path, op, code: 'no-saving', reason };
}
