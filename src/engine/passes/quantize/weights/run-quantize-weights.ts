/** Stores weights as 4- or 8-bit whole numbers that become floats again while the model runs; activations stay floats. */
import { ModelEditor } from '../../../onnx/edit';
import type { Model } from '../../../onnx/graph';
import { withFloats } from '../../../onnx/tensor';
import { defaultOpsetVersion } from '../../../onnx/traverse';
import { upgradeOpset } from '../../../onnx/upgrade-opset';
import type { Change, PassContext, PassOutcome } from '../../pass';
import { planLayers, type LayerPlan } from './layer-plan';
import { quantizedLayersDetail } from './layers-detail';
import { quantizeLayers, type QuantizedLayer } from './quantize-layers';
import { LayerRewriter } from './rewrite-layers';
import { findWeightLayers, type FoundLayers } from './weight-layers';
import type { WeightsOptions } from './weights-options';

export async function runQuantizeWeights(
  model: Model,
  options: WeightsOptions,
  context: PassContext,
): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  if (!model.graph) return { model, changes: [], refusals: [] };
  const prepared = await prepare(model, options, context);
  const { found, plan } = prepared;
  const refusals = [...found.refusals, ...plan.refusals];
  if (plan.layers.length === 0) return { model, changes: [], refusals };
  const result = await quantizeLayers(prepared.model, plan.layers, options.method, context);
  refusals.push(...result.refusals);
  if (result.layers.length === 0) return { model, changes: [], refusals };
  const rewritten = rewriteModel(prepared.model, result.layers);
  return {
    model: rewritten.model,
    changes: [...prepared.changes, ...rewritten.changes],
    refusals,
    details: { layers: quantizedLayersDetail(result.layers) },
    ...(result.obstacle !== undefined && {
      sentence: `Weights were rounded to nearest, since ${result.obstacle}. With data, each layer makes up for errors of rounding.`,
    }),
  };
}

interface Prepared {
  /** In an operator set that has the forms. */
  readonly model: Model;
  readonly found: FoundLayers;
  readonly plan: LayerPlan;
  readonly changes: readonly Change[];
}

/** The plan in the oldest operator set that has all of its forms; where the model cannot be converted, in forms that it has. */
async function prepare(model: Model, options: WeightsOptions, context: PassContext): Promise<Prepared> {
  const found = findWeightLayers(model, options);
  const own = Number(defaultOpsetVersion(model));
  for (const newest of [21, 13]) {
    if (newest <= own) break;
    const wished = planLayers(found.layers, options, newest);
    if (wished.opset <= own) return { model, found, plan: wished, changes: [] };
    const upgrade = await upgradeOpset(model, BigInt(wished.opset), () => context.checkpoint());
    if (upgrade.kind === 'refused') continue;
    // The nodes are others now.
    const again = findWeightLayers(upgrade.model, options);
    const changes = upgrade.changes.map((what) => ({ path: 'graph', op: 'Model', what }));
    return { model: upgrade.model, found: again, plan: planLayers(again.layers, options, newest), changes };
  }
  return { model, found, plan: planLayers(found.layers, options, own), changes: [] };
}

function rewriteModel(
  model: Model,
  layers: readonly QuantizedLayer[],
): { readonly model: Model; readonly changes: readonly Change[] } {
  const editor = new ModelEditor(model);
  const rewriter = new LayerRewriter(editor);
  const changes: Change[] = [];
  for (const layer of layers) addBias(layer, editor, rewriter);
  for (const { planned, quantized, method } of layers) {
    const { path, node } = planned.layer.visit;
    const how = method === 'gptq' ? 'GPTQ' : 'to nearest';
    changes.push({ path, op: node.opType ?? '', what: `${rewriter.rewrite(planned, quantized)}, rounded ${how}` });
  }
  rewriter.finish();
  return { model: editor.finish(), changes };
}

function addBias({ bias }: QuantizedLayer, editor: ModelEditor, rewriter: LayerRewriter): void {
  if (!bias) return;
  const { graph } = editor;
  const { node, input, weight } = bias.at;
  const name = graph.freshValueName(`${weight.name}_corrected`);
  graph.addInitializer({ ...withFloats(weight.tensor, bias.values), name });
  rewriter.replaceInput({ node, graph, input, name });
}
