/**
 * The runtime runs nodes whose inputs are all constants once, also in the graphs inside nodes, and their results become
 * constants. All foldable nodes of a model run together. Some parts are not folded: random numbers, and results that
 * would make the model larger. Nodes with graphs inside, and operators that are not of ONNX itself, stay too. Quantized
 * weights (QuantizeLinear, DequantizeLinear) stay, because they would become float again. Remainders of 64-bit integers
 * with `fmod` stay, because runtimes compute them differently beyond 53 bits.
 */
import { messageOf } from '../../errors';
import type { FeedTensor, Feeds } from '../../data/feeds';
import { runOnce } from '../../inference';
import { bytesOf } from '../../onnx/byte-views';
import { DataType, type DataTypeName } from '../../onnx/data-type';
import type { Graph, Model, Node, Tensor } from '../../onnx/graph';
import { mapShared } from '../../onnx/map-shared';
import { raiseIrVersion } from '../../onnx/upgrade/raise-ir-version';
import { namesDefinedBy, withSubgraphs } from '../../onnx/subgraphs';
import { createTensor } from '../../onnx/tensor';
import type { Change, Refusal } from '../pass';
import { planFolding, type FoldingCandidate, type FoldingPlan } from './folding-plan';
import type { Simplification, SimplifyContext, SimplifyOutcome } from './simplification';
import { ownValue } from '../../own-value';

export const foldConstants: Simplification = {
  id: 'fold-constants',
  summary: 'Computes values that depend only on constants once, and stores them.',
  async apply(model, context) {
    const plan = planFolding(model, context.inferred(model), context);
    if (context.inference === undefined || plan.kept.length === 0)
      return { model, changes: [], refusals: plan.refusals };
    return fold(model, plan, context);
  },
};

async function fold(model: Model, plan: FoldingPlan, context: SimplifyContext): Promise<SimplifyOutcome> {
  let results;
  try {
    results = await runOnce(context.inference!, context.signal, partOf(model, plan, context), {});
  } catch (error) {
    context.signal.throwIfAborted();
    return { model, changes: [], refusals: [...plan.refusals, ...plan.folded.map((entry) => notRun(entry, error))] };
  }
  const changes = plan.folded.map(({ node, path }): Change => ({
    path,
    op: node.opType ?? '',
    what: 'Folded: it depends only on constants',
  }));
  return { model: withResults(model, plan, results), changes, refusals: plan.refusals };
}

/** A separate model of the nodes that are run. */
function partOf(model: Model, { run, kept }: FoldingPlan, context: SimplifyContext): Model {
  const inferred = context.inferred(model);
  const read = new Set(run.flatMap(({ inputs }) => inputs.filter((input) => input?.tensor !== undefined)));
  const runNames = (values: FoldingCandidate['inputs']) => values.map((value) => value?.runName ?? '');
  const graph: Graph = {
    name: 'constants',
    nodes: run.map(({ node, inputs, outputs }): Node => ({
      ...node,
      inputs: runNames(inputs),
      outputs: runNames(outputs),
    })),
    initializers: [...read].map((value) => ({ ...value!.tensor!, name: value!.runName })),
    sparseInitializers: [],
    inputs: [],
    outputs: kept.map(({ graph: home, name, runName }) => ({
      name: runName,
      type: { kind: 'tensor' as const, elementType: inferred.value(home, name)?.elementType },
    })),
    valueInfos: [],
    quantizationAnnotations: [],
  };
  return raiseIrVersion({ ...model, functions: [], training: [], metadata: [], graph });
}

function notRun({ node, path }: FoldingCandidate, error: unknown): Refusal {
  const detail = messageOf(error);
  const reason = `It depends only on constants, but the runtime could not run it: ${detail}`;
  return { path, op: node.opType ?? '', code: 'not-run', reason: reason.slice(0, 500) };
}

function withResults(model: Model, { folded, kept }: FoldingPlan, results: Feeds): Model {
  const foldedNodes = new Set(folded.map(({ node }) => node));
  const added = new Map<Graph, Map<string, Tensor>>();
  for (const { graph, name, runName } of kept) {
    const known = added.get(graph) ?? new Map<string, Tensor>();
    added.set(graph, known.set(name, toTensor(name, ownValue(results, runName)!)));
  }
  const rewrite = (graph: Graph): Graph => {
    const left = graph.nodes.some((node) => foldedNodes.has(node))
      ? graph.nodes.filter((node) => !foldedNodes.has(node))
      : graph.nodes;
    const nodes = mapShared(left, (node) => withSubgraphs(node, rewrite));
    const tensors = added.get(graph) ?? new Map<string, Tensor>();
    if (nodes === graph.nodes && tensors.size === 0) return graph;
    const rewritten = { ...graph, nodes, initializers: [...graph.initializers, ...tensors.values()] };
    const defined = new Set(namesDefinedBy(rewritten));
    const isLeft = (name: string) => defined.has(name) && !tensors.has(name);
    return { ...rewritten, valueInfos: graph.valueInfos.filter(({ name = '' }) => isLeft(name)) };
  };
  return { ...model, graph: rewrite(model.graph!) };
}

function toTensor(name: string, { dtype, dims, data }: FeedTensor): Tensor {
  if (Array.isArray(data)) {
    const encoder = new TextEncoder();
    return {
      name,
      dataType: DataType.string,
      dims: dims.map(BigInt),
      stringData: data.map((text) => encoder.encode(text)),
    };
  }
  return createTensor({ name, dataType: DataType[dtype as DataTypeName], dims, bytes: bytesOf(data as Float32Array) });
}
