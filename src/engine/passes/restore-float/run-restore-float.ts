/** Restores the float32 form of a quantized or float16 model, which other passes can change. */
import { predictPlacements } from '../../analysis/predict-placement';
import { formatCounted } from '../../format';
import { ModelEditor } from '../../onnx/edit';
import type { Graph, Model, Node } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { isQuantizing } from '../../onnx/ops/quantized-operators';
import { overridableInitializers } from '../../onnx/overridable-initializers';
import {
  defaultOpsetVersion,
  isDefaultDomain,
  isInsideFunction,
  MICROSOFT_DOMAIN,
  nodes as allNodes,
  nodesOf,
  type NodeVisit,
  scopes,
} from '../../onnx/traverse';
import { elementCount } from '../../onnx/tensor';
import { weights } from '../../onnx/weights';
import { IR_VERSION_OF_FREE_INITIALIZERS } from '../../onnx/upgrade/raise-ir-version';
import { type Change, type PassContext, type PassOutcome, type Refusal, refuseWhole } from '../pass';
import type { TableDetail } from '../pass-details';
import { createWorkMeter } from '../work-meter';
import { castRules } from './cast-rules';
import { holdsCodes } from './integer-codes';
import { integerProductRules } from './integer-product-rules';
import { linearRules } from './linear-rules';
import { microsoftRules } from './microsoft-rules';
import { qlinearRules } from './qlinear-rules';
import { Obstacle, type Restoration, RestorationScope } from './restoration-scope';
import type { RestorationRule } from './restoration-rule';
import { RestoredTensors } from './restored-weights';
import { isNarrow, widenFloats } from './widen-floats';
import { DataType } from '../../onnx/data-type';
import { withoutOrphans } from '../../onnx/edit-orphans';
import type { RewriteGraph } from '../simplify/rewrite-graph';
import { rewriteModel } from '../simplify/rewrite-model';
import { GrowthBudget } from '../simplify/simplification';

/** `bytesToKeep` bounds what is kept of weights in memory; the result is the same. */
export async function runRestoreFloat(model: Model, context: PassContext, bytesToKeep?: number): Promise<PassOutcome> {
  context.signal.throwIfAborted();
  const leave = (...refusals: readonly Refusal[]): PassOutcome => ({ model, changes: [], refusals });
  if (!model.graph) return leave(refuseWhole('no-graph', 'It has no graph.'));
  if (model.training.length > 0) {
    return leave(refuseWhole('training', 'It contains training graphs, which change its weights.'));
  }
  const meter = createWorkMeter(context, 'Restoring float32');
  meter.start(numbersToRead(model));
  const restorer = new Restorer(model, new RestoredTensors(meter, bytesToKeep));
  await restorer.restore(context);
  const restored = restorer.finish();
  await context.checkpoint();
  const { model: widened, tensors, overflowed } = await widenFloats(restored, meter);
  const changes = [...restorer.changes];
  if (tensors > 0) {
    changes.push({
      path: 'graph',
      op: 'Model',
      what: `Widened ${formatCounted(tensors, 'float16 tensor')} to float32`,
    });
  }
  const refusals = restorer.refusalsIn(restored);
  meter.finish();
  if (widened === model) {
    const reason = 'Nothing to restore: the model is neither quantized nor float16.';
    return refusals.length > 0 ? leave(...refusals) : leave(refuseWhole('nothing-found', reason));
  }
  const result = cleanUp(widened, context);
  return {
    model: result,
    changes,
    refusals: [...refusals, ...overflowed.map(refuseOverflow)],
    sentence: sentenceOf(restorer.restored, tensors),
    details: { placement: placementTable(model, result) },
  };
}

/** The nodes that providers leave to the CPU in the received model and in the restored one. */
function placementTable(received: Model, restored: Model): TableDetail {
  const [before, after] = [received, restored].map((each) => predictPlacements(each, inferModel(each)));
  return {
    kind: 'table',
    title: 'Nodes that a provider leaves to the CPU, predicted',
    columns: [
      { label: 'provider', unit: 'text' },
      { label: 'nodes before', unit: 'count' },
      { label: 'nodes after', unit: 'count' },
      { label: 'copies before', unit: 'count' },
      { label: 'copies after', unit: 'count' },
    ],
    rows: (['webgpu', 'webnn'] as const).map((ep) => [
      ep === 'webgpu' ? 'WebGPU' : 'WebNN',
      ...[before!, after!].map((each) => each[ep].leaves.length),
      ...[before!, after!].map((each) => each[ep].copies),
    ]),
  };
}

function sentenceOf(restored: number, tensors: number): string {
  const parts = [
    ...(restored > 0 ? [`${formatCounted(restored, 'quantized weight')}`] : []),
    ...(tensors > 0 ? [`${formatCounted(tensors, 'float16 tensor')}`] : []),
  ];
  const what = parts.length === 0 ? 'float32 arithmetic' : `${parts.join(' and ')} to float32`;
  return `Restored ${what}. Precision lost by the earlier rounding stays lost.`;
}

function refuseOverflow(name: string): Refusal {
  return {
    path: `graph/${name}`,
    op: 'Constant',
    code: 'overflowed',
    reason: `“${name}” holds infinite numbers: they overflowed when the file became float16, unless they are a mask.`,
  };
}

/** The elements of integer and float16 weights: an estimate of the work. */
function numbersToRead(model: Model): number {
  let total = 0;
  for (const { tensor } of weights(model)) {
    if (holdsCodes(tensor) || isNarrow(tensor)) total += elementCount(tensor);
  }
  return total;
}

class Restorer {
  readonly changes: Change[] = [];
  readonly #model: Model;
  readonly #editor: ModelEditor;
  readonly #shared: Restoration;
  readonly #obstacles = new Map<Node, Obstacle>();

  constructor(model: Model, tensors: RestoredTensors) {
    this.#model = model;
    this.#editor = new ModelEditor(model);
    this.#shared = {
      opset: Number(defaultOpsetVersion(model)),
      tensors,
      isOldFile: (model.irVersion ?? IR_VERSION_OF_FREE_INITIALIZERS) < IR_VERSION_OF_FREE_INITIALIZERS,
      overridable: overridableInitializers(model),
      restored: new Set(),
    };
  }

  get restored(): number {
    return this.#shared.restored.size;
  }

  async restore(context: PassContext): Promise<void> {
    const known = new Map<Graph, RestorationScope>();
    // Outer graphs come before inner ones, so the values that a body reads are already followed.
    for (const scope of scopes(this.#model)) {
      if (!scope.graph || isInsideFunction(scope)) continue;
      const parent = scope.parent?.scope.graph && known.get(scope.parent.scope.graph);
      const own = new RestorationScope(this.#shared, scope.graph, this.#editor.editorOf(scope.graph), parent);
      known.set(scope.graph, own);
      for (const visit of nodesOf(scope)) {
        await this.#visit(visit, own);
        if (visit.index % 64 === 0) await context.checkpoint();
      }
    }
  }

  async #visit({ node, path }: NodeVisit, scope: RestorationScope): Promise<void> {
    const outcome = await ruleOf(node)?.(node, scope);
    if (outcome instanceof Obstacle) this.#obstacles.set(node, outcome);
    else if (outcome !== undefined && outcome !== 'followed') {
      this.changes.push({ path, op: node.opType ?? '', what: outcome.what });
    }
  }

  finish(): Model {
    return this.#editor.finish();
  }

  /** Refusals of the nodes on integers that remain in the restored model. */
  refusalsIn(restored: Model): readonly Refusal[] {
    const left = new Set([...allNodes(restored)].map(({ node }) => node));
    const refusals: Refusal[] = [];
    for (const { node, path } of allNodes(this.#model)) {
      const op = node.opType ?? '';
      if (!left.has(node) || !isQuantizing(op)) continue;
      const reason = this.#obstacles.get(node)?.reason ?? 'A node that stays as it is reads its integers.';
      refusals.push({ path, op, code: 'not-restored', reason });
    }
    return refusals;
  }
}

function ruleOf(node: Node): RestorationRule | undefined {
  const op = node.opType ?? '';
  if (isDefaultDomain(node.domain)) {
    return (
      linearRules.get(op) ??
      integerProductRules.get(op) ??
      castRules.get(op) ??
      (op.startsWith('QLinear') ? qlinearRules.get(op) : undefined)
    );
  }
  if (node.domain !== MICROSOFT_DOMAIN) return undefined;
  const isLinear = op === 'QuantizeLinear' || op === 'DequantizeLinear';
  return isLinear ? linearRules.get(op) : (microsoftRules.get(op) ?? qlinearRules.get(op));
}

/**
 * Removes nodes that a restored model does not need.
 * The model without Identities and without Casts from float32 to float32. Restored weights take the shape of the Reshape behind them,
 * so that other passes find them.
 */
function cleanUp(model: Model, { signal, checkpoint }: PassContext): Model {
  const inferred = (given: Model) => inferModel(given, { byRulesOnly: true });
  const context = { signal, checkpoint, inferred, largestFoldedBytes: 0, growth: new GrowthBudget(model, 0) };
  const cleaned = rewriteModel(model, context, (graph, node) => {
    if (!isDefaultDomain(node.domain)) return undefined;
    return node.opType === 'Reshape' ? shapeWeight(graph, node) : skipNoOp(graph, node);
  }).model;
  return cleaned === model ? model : { ...cleaned, graph: withoutOrphans(model.graph!, cleaned.graph!) };
}

function skipNoOp(graph: RewriteGraph, node: Node) {
  const [from = '', to = ''] = [node.outputs[0], node.inputs[0]];
  const isNoOp =
    node.opType === 'Cast'
      ? [from, to].every((name) => graph.value(name).elementType === DataType.float32)
      : node.opType === 'Identity';
  return isNoOp && graph.bypass(from, to) ? { change: 'Removed' } : undefined;
}

function shapeWeight(graph: RewriteGraph, node: Node) {
  const weight = graph.constant(node.inputs[0] ?? '');
  const shape = graph.value(node.outputs[0] ?? '').shape;
  const isKnown = shape?.every((size): size is number => typeof size === 'number') ?? false;
  if (weight?.dataType !== DataType.float32 || !isKnown || graph.readers(node.inputs[0]!).length !== 1)
    return undefined;
  graph.define(node, { ...weight, dims: shape!.map((size) => BigInt(size as number)) });
  return { change: 'Shaped' };
}
