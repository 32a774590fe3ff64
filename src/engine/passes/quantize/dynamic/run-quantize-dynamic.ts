/**
 * 8-bit weights, and activations quantized while the model runs. The result equals that of ONNX Runtime's
 * `quantize_dynamic` (1.32) to the bit. It also handles cases that the tool does not: subgraphs, weights in Constant
 * nodes, float16 models, old operator sets.
 *
 * The producer's name and the metadata of the model stay those of the user. The tool names itself as the producer and
 * adds `onnx.infer`, which tells its later runs that shapes were inferred. That would be wrong here.
 */
import { ModelEditor } from '../../../onnx/edit';
import { inferElementTypes } from '../../../onnx/element-types';
import type { Model, Tensor } from '../../../onnx/graph';
import { overridableInitializers } from '../../../onnx/overridable-initializers';
import { namesReadBy } from '../../../onnx/subgraphs';
import { defaultOpsetVersion, MICROSOFT_DOMAIN, wholeModel } from '../../../onnx/traverse';
import { upgradeOpset } from '../../../onnx/upgrade/upgrade-opset';
import { reasonsOrNothingFound } from '../../nothing-found';
import type { Change, PassContext, PassOutcome, Refusal } from '../../pass';
import type { OptionValues } from '../../option-spec';
import { createWorkMeter, type ProgressMeter } from '../../work-meter';
import { readDynamicOptions, type DynamicOptions } from './dynamic-options';
import { planDynamicQuantization, type DynamicPlan, type PlannedGraph } from './dynamic-plan';
import { WeightQuantizer } from './quantize-weight';

/** The first operator set with DynamicQuantizeLinear. */
const REQUIRED_OPSET = 11n;

/**
 * Quantized weights are kept in memory up to so many bytes in all; those of most models that a page is given. The others
 * are computed whenever they are read, above all when the variant is written.
 */
const BYTES_TO_KEEP = 64 * 2 ** 20;

/** `bytesToKeep` bounds the memory for kept values; the result is the same. */
export async function runQuantizeDynamic(
  model: Model,
  values: OptionValues,
  context: PassContext,
  bytesToKeep = BYTES_TO_KEEP,
): Promise<PassOutcome> {
  const options = readDynamicOptions(values);
  context.signal.throwIfAborted();
  if (!model.graph) return { model, changes: [], refusals: [] };
  const first = plan(model, options, context, bytesToKeep);
  if (first.plan.candidates.length === 0) {
    const reason = 'It has no layer with a weight to quantize.';
    return { model, changes: [], refusals: reasonsOrNothingFound(first.plan.refusals, model, reason) };
  }
  const upgrade = await upgradeOpset(model, REQUIRED_OPSET, () => context.checkpoint());
  if (upgrade.kind === 'refused') {
    const reason = `It needs operator set 11 or later, but ${upgrade.reason}`;
    const refusals = first.plan.candidates.map(({ visit }) => ({
      ...{ path: visit.path, op: visit.node.opType ?? '', code: 'opset-not-convertible', reason },
    }));
    return { model, changes: [], refusals: [...first.plan.refusals, ...refusals] };
  }
  const prepared = upgrade.model === model ? first : plan(upgrade.model, options, context, bytesToKeep);
  const upgradeChanges = upgrade.changes.map((what) => ({ ...wholeModel, what }));
  return rewriteModel(prepared, upgradeChanges, model, context);
}

interface Prepared {
  readonly editor: ModelEditor;
  readonly plan: DynamicPlan;
  readonly meter: ProgressMeter;
  readonly quantizer: WeightQuantizer;
}

function plan(model: Model, options: DynamicOptions, context: PassContext, bytesToKeep: number): Prepared {
  const editor = new ModelEditor(model);
  const pinnedWeights = new Set<Tensor>();
  const meter = createWorkMeter(context, 'Quantizing weights');
  const quantizer = new WeightQuantizer(meter, bytesToKeep);
  const session = {
    options,
    opsetVersion: Number(defaultOpsetVersion(model)),
    types: inferElementTypes(model),
    quantizer,
    pinnedWeights,
    overridable: overridableInitializers(model),
  };
  return { editor, plan: planDynamicQuantization(model, editor, session, pinnedWeights), meter, quantizer };
}

async function rewriteModel(
  { editor, plan: prepared, meter, quantizer }: Prepared,
  upgradeChanges: readonly Change[],
  original: Model,
  context: PassContext,
): Promise<PassOutcome> {
  const changes: Change[] = [];
  const refusals: Refusal[] = [...prepared.refusals];
  const weights = new Set(prepared.candidates.flatMap((candidate) => candidate.weights));
  meter.start(quantizer.workBytes(weights));
  await rewriteGraph(prepared.graph, changes, refusals);
  context.signal.throwIfAborted();
  meter.finish();
  if (changes.length === 0) return { model: original, changes: [], refusals };
  const changed = new Set(changes.map((change) => change.path));
  const needsMicrosoft = prepared.candidates.some(({ rule, visit }) => rule.writesMicrosoft && changed.has(visit.path));
  if (needsMicrosoft) editor.requireOpset(MICROSOFT_DOMAIN, 1n);
  return { model: editor.finish(), changes: [...upgradeChanges, ...changes], refusals };
}

/** Rewrites one graph in node order. The result for a node depends on the changes to the nodes before it. */
async function rewriteGraph(graph: PlannedGraph, changes: Change[], refusals: Refusal[]): Promise<void> {
  const { scope } = graph;
  for (const { node, planned, inner } of graph.nodes) {
    for (const subgraph of inner) await rewriteGraph(subgraph, changes, refusals);
    const rewrite = planned ? await planned.rule.rewrite(node, scope) : undefined;
    if (planned && rewrite?.kind === 'changed') {
      changes.push({ path: planned.visit.path, op: node.opType ?? '', what: rewrite.what });
      continue;
    }
    if (planned && rewrite?.kind === 'refused') {
      const { code, reason } = rewrite;
      refusals.push({ path: planned.visit.path, op: node.opType ?? '', code, reason });
    }
    for (const name of namesReadBy(node)) scope.ensureFloat(name, node);
  }
  scope.ensureFloatOutputs();
}
