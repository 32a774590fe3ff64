/** Evidence of calibration data for the choice of ranks: the important directions of weights, and outputs to compare with. */
import { constantsOf } from '../../onnx/constant-node';
import type { Model, Tensor, ValueName } from '../../onnx/graph';
import type { PassContext } from '../pass';
import { repairableLayers, withBiases } from '../prune/channels/repair/repairable-layers';
import { OutputTrial } from '../prune/channels/trial/trial';
import type { TrialSamples } from '../prune/channels/trial/trial-samples';
import type { FactorizableLayer } from './factorizable-layers';
import type { FactorizeOptions } from './factorize-options';
import { factorizeScope, type FactorizeScope } from './factorize-scope';
import { observeMoments, type LayerMoments } from './layer-moments';

/** A layer during trials, in the model whose layers have biases. */
export interface TriedLayer {
  readonly weight: ValueName;
  /** The layer's own bias, which may be replaced. */
  readonly bias?: { readonly name: ValueName; readonly tensor: Tensor };
  readonly moments?: LayerMoments;
}

export interface FactorizeEvidence {
  readonly samples: TrialSamples;
  /** Tried layers in the order of the layers of the scope. */
  readonly tried: readonly TriedLayer[];
  /** Unchanged weights and biases. */
  readonly originals: ReadonlyMap<ValueName, Tensor>;
  /** The trial, which the owner must close. */
  readonly trial: OutputTrial;
}

/** Rejects as runs of the model do. */
export async function gatherFactorizeEvidence(
  scope: FactorizeScope,
  options: FactorizeOptions,
  samples: TrialSamples,
  context: Pick<PassContext, 'signal' | 'checkpoint'> & { readonly inference: NonNullable<PassContext['inference']> },
  progress: (done: number, total: number) => void,
): Promise<FactorizeEvidence> {
  const { signal, inference } = context;
  const based = basedOn(scope);
  const layers = factorizeScope(based, options, samples.fit[0]).layers.map(({ layer }) => layer);
  const constants = constantsOf(based);
  const moments = await observeMoments({
    ...{ signal, inference, model: based, layers, samples: samples.fit, progress },
    checkpoint: () => context.checkpoint(),
  });
  const biases = biasesOf(based, constants, layers);
  const tried = layers.map((layer): TriedLayer => {
    const bias = biases.get(layer);
    const own = moments.get(layer);
    const { weight } = layer.readers[0]!;
    return {
      weight,
      ...(bias && { bias: { name: bias, tensor: constants.get(bias)! } }),
      ...(own && { moments: own }),
    };
  });
  const tunable = new Set(tried.flatMap(({ weight, bias }) => (bias ? [weight, bias.name] : [weight])));
  const trial = await OutputTrial.open({ signal, inference, original: based, tunable, samples });
  return {
    samples,
    tried,
    originals: new Map(Array.from(tunable, (name) => [name, constants.get(name)!])),
    trial,
  };
}

function basedOn({ model, layers }: FactorizeScope): Model {
  const singles = layers.flatMap(({ layer: { readers } }) => (readers.length === 1 ? readers : []));
  return withBiases(model, { constants: constantsOf(model) }, singles);
}

/** Biases that belong to one layer alone, within its node. The bias of a MatMul is added behind it. */
function biasesOf(
  model: Model,
  constants: ReadonlyMap<ValueName, Tensor>,
  layers: readonly FactorizableLayer[],
): ReadonlyMap<FactorizableLayer, ValueName> {
  const singles = layers.filter(({ readers, op }) => readers.length === 1 && op !== 'MatMul');
  const byNode = new Map(singles.map((layer) => [layer.readers[0]!.node, layer]));
  const repairable = repairableLayers(
    model,
    { constants },
    singles.map(({ readers }) => readers[0]!),
  );
  return new Map(repairable.flatMap(({ node, bias }) => (bias ? [[byNode.get(node)!, bias] as const] : [])));
}
