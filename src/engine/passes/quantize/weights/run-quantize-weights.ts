/** Stores weights as 2-, 4- or 8-bit whole numbers that become floats again while the model runs; activations stay floats. */
import { formatCounted } from '../../../format';
import { ModelEditor } from '../../../onnx/edit';
import type { Model } from '../../../onnx/graph';
import { withFloats } from '../../../onnx/tensor';
import { defaultOpsetVersion, wholeModel } from '../../../onnx/traverse';
import { upgradeOpset } from '../../../onnx/upgrade/upgrade-opset';
import { reasonsOrNothingFound } from '../../nothing-found';
import type { Change, PassContext, PassOutcome } from '../../pass';
import { planLayers, type LayerPlan } from './layer-plan';
import { methodNames, quantizedLayersDetails, shortNames } from './layers-detail';
import { quantizeLayers, type CorrectedBias, type QuantizedLayer, type QuantizedLayers } from './quantize-layers';
import { LayerRewriter } from './rewrite-layers';
import { withSharedTables } from './transposed-copies';
import { findWeightLayers, type FoundLayers } from './weight-layers';
import { blankStorage } from './weight-storage';
import type { WeightsOptions } from './weights-options';

/** `bytesToKeep` bounds the memory for kept values if no data is used; the result is the same. */
export async function runQuantizeWeights(
  model: Model,
  options: WeightsOptions,
  context: PassContext,
  bytesToKeep?: number,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  if (!model.graph) return { model, changes: [], refusals: [] };
  const prepared = await prepare(model, options, context);
  const { found, plan } = prepared;
  const refusals = [...found.refusals, ...plan.refusals];
  if (plan.layers.length === 0) {
    const reason = 'It has no layer with weights to quantize.';
    return { model, changes: [], refusals: reasonsOrNothingFound(refusals, model, reason) };
  }
  const result = await quantizeLayers(prepared.model, plan.layers, options.method, context, bytesToKeep);
  refusals.push(...result.refusals);
  if (result.layers.length === 0) return { model, changes: [], refusals };
  const rewritten = rewriteModel(prepared.model, result, options);
  return {
    model: rewritten.model,
    changes: [...prepared.changes, ...rewritten.changes],
    refusals,
    details: quantizedLayersDetails(result.layers),
    ...sentenceOf(result, options),
  };
}

/** A model of the form and size of the result of `runQuantizeWeights`, with blank weights. Weights that are not finite count as quantized. */
export async function sketchQuantizeWeights(
  model: Model,
  options: WeightsOptions,
  context: PassContext,
): Promise<Model> {
  if (!model.graph) return model;
  const { model: prepared, plan } = await prepare(model, options, context);
  if (plan.layers.length === 0) return model;
  const layers = plan.layers.map((planned) => ({ planned, stored: blankStorage(planned), method: 'rtn' as const }));
  return rewriteModel(prepared, { layers, biases: [] }, options).model;
}

/** The gain of data, by the requested method. */
const gainsOfData: Readonly<Partial<Record<WeightsOptions['method'], string>>> = {
  gptq: 'each layer compensates for rounding errors',
  adaround: 'each layer learns which weights to round up',
};

function sentenceOf(
  { layers, unfitted, obstacle }: QuantizedLayers,
  { method }: WeightsOptions,
): { readonly sentence?: string } {
  const sentences: string[] = [];
  if (obstacle !== undefined) {
    sentences.push(
      `Weights were rounded without data (${namesOf(layers)}), because ${obstacle}. With data, ${gainsOfData[method] ?? ''}.`,
    );
  }
  const swept = method === 'adaround' ? layers.filter((layer) => layer.method === 'gptq').length : 0;
  if (swept > 0) {
    sentences.push(`${formatCounted(swept, 'layer')} used GPTQ, because AdaRound would take minutes for each.`);
  }
  if (unfitted > 0) {
    sentences.push(
      `${formatCounted(unfitted, 'layer')} could not use the data: their inputs never vary, or contain NaN or infinity. Check the data and its preprocessing.`,
    );
  }
  const kept = layers.filter(({ planned }) => planned.keepsMoreBits === true).length;
  if (kept > 0) {
    sentences.push(
      `${formatCounted(kept, 'layer')} kept 4 bits: only MatMulNBits supports 2 bits, in products with a matrix.`,
    );
  }
  return sentences.length > 0 ? { sentence: sentences.join(' ') } : {};
}

function namesOf(layers: readonly QuantizedLayer[]): string {
  return [...new Set(layers.map((layer) => shortNames[layer.method]))].join(', ');
}

interface Prepared {
  /** The model in an operator set that has the forms. */
  readonly model: Model;
  readonly found: FoundLayers;
  readonly plan: LayerPlan;
  readonly changes: readonly Change[];
}

/**
 * The plan in the oldest operator set that has all of its forms. If the model cannot be converted, the plan uses forms
 * that it has.
 */
async function prepare(model: Model, options: WeightsOptions, context: PassContext): Promise<Prepared> {
  const found = withTables(findWeightLayers(model, options), options);
  const own = Number(defaultOpsetVersion(model));
  for (const newest of [21, 13]) {
    if (newest <= own) break;
    const wished = planLayers(found.layers, options, newest);
    if (wished.opset <= own) return { model, found, plan: wished, changes: [] };
    const upgrade = await upgradeOpset(model, BigInt(wished.opset), () => context.checkpoint());
    if (upgrade.kind === 'refused') continue;
    // The nodes are others now.
    const again = withTables(findWeightLayers(upgrade.model, options), options);
    const changes = upgrade.changes.map((what) => ({ ...wholeModel, what }));
    return { model: upgrade.model, found: again, plan: planLayers(again.layers, options, newest), changes };
  }
  return { model, found, plan: planLayers(found.layers, options, own), changes: [] };
}

/** Standard operators cannot read one table in both ways. */
function withTables(found: FoundLayers, { form }: WeightsOptions): FoundLayers {
  return form === 'dequantize' ? found : { ...found, layers: withSharedTables(found.layers) };
}

interface RewrittenLayers extends Pick<QuantizedLayers, 'biases'> {
  readonly layers: readonly Pick<QuantizedLayer, 'planned' | 'stored' | 'method'>[];
}

function rewriteModel(
  model: Model,
  { layers, biases }: RewrittenLayers,
  options: Pick<WeightsOptions, 'form' | 'accuracyLevel'>,
): { readonly model: Model; readonly changes: readonly Change[] } {
  const editor = new ModelEditor(model);
  const rewriter = new LayerRewriter(editor, options);
  const changes: Change[] = [];
  for (const bias of biases) correctBias(bias, editor);
  for (const { planned, stored, method } of layers) {
    const { path, node } = planned.layer.visit;
    const what = `${rewriter.rewrite(planned, stored)}, ${methodNames[method]}`;
    changes.push({ path, op: node.opType ?? '', what });
  }
  rewriter.finish();
  return { model: editor.finish(), changes };
}

/** The new tensor keeps the name, because nothing else reads it. */
function correctBias({ at: { weight }, values }: CorrectedBias, { graph }: ModelEditor): void {
  graph.removeConstant(weight.name);
  graph.addInitializer({ ...withFloats(weight.tensor, values), name: weight.name });
}
