/**
 * Nodes whose inputs are all constants are run once, by the runtime itself, and their results kept. All of a graph that can
 * be folded is run together. Not folded: random numbers; quantized weights (QuantizeLinear, DequantizeLinear), which would
 * become float again; results that are larger than the constants that they are made of; nodes with graphs inside; operators
 * that are not of ONNX itself.
 */
import type { FeedTensor } from '../../data/feeds';
import { bytesOf } from '../../onnx/byte-views';
import { bitsPerElement, DataType, type DataTypeName } from '../../onnx/data-type';
import type { Graph, Model, Node, Tensor, ValueName } from '../../onnx/graph';
import { fixedShape } from '../../onnx/ops/content';
import { drawsRandomNumbers } from '../../onnx/ops/random-operators';
import { subgraphsOf } from '../../onnx/subgraphs';
import { createTensor, storedSizeBytes } from '../../onnx/tensor';
import { isDefaultDomain, nodeLabel } from '../../onnx/traverse';
import type { Change, Refusal } from '../pass';
import type { Simplification, SimplifyContext, SimplifyOutcome } from './simplification';

const neverFolded = new Set(['Constant', 'DequantizeLinear', 'DynamicQuantizeLinear', 'QuantizeLinear']);

/** Results up to this size are kept however small their inputs are. */
const alwaysKeptBytes = 4096;

export const foldConstants: Simplification = {
  id: 'fold-constants',
  summary: 'Runs once what depends on constants only, and keeps the results.',
  async apply(model, context) {
    const plan = model.graph && planFolding(model.graph, model, context);
    if (plan === undefined || (plan.nodes.length === 0 && plan.refusals.length === 0)) return unchanged(model);
    if (plan.nodes.length === 0) return { ...unchanged(model), refusals: plan.refusals };
    // Results that nobody reads are not worth a run.
    if (context.inference === undefined || plan.wanted.length === 0)
      return { ...unchanged(model), refusals: plan.refusals };
    return fold(model, plan, context);
  },
};

function unchanged(model: Model): SimplifyOutcome {
  return { model, changes: [], refusals: [] };
}

interface FoldingPlan {
  readonly nodes: readonly { readonly node: Node; readonly path: string }[];
  /** Values that other nodes need. */
  readonly wanted: readonly ValueName[];
  readonly constants: readonly Tensor[];
  readonly refusals: readonly Refusal[];
}

/** The nodes that depend on constants alone, in order, as far as their results are worth keeping. */
function planFolding(graph: Graph, model: Model, context: SimplifyContext): FoldingPlan {
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  const constants = new Map(
    graph.initializers.filter(({ name }) => !inputs.has(name)).map((tensor) => [tensor.name ?? '', tensor]),
  );
  const sizes = new Map<ValueName, number>();
  for (const [name, tensor] of constants) sizes.set(name, storedSizeBytes(tensor));
  const nodes: { node: Node; path: string }[] = [];
  const refusals: Refusal[] = [];
  const modelOutputs = new Set(graph.outputs.map(({ name }) => name ?? ''));
  const inferred = context.inferred(model);
  const sizeOf = (name: ValueName) => {
    const { shape, elementType } = inferred.value(graph, name) ?? {};
    const bits = bitsPerElement(elementType ?? DataType.undefined);
    const fixed = fixedShape(shape);
    if (bits === undefined || fixed === undefined) return undefined;
    return Math.ceil((fixed.reduce((product, size) => product * size, 1) * bits) / 8);
  };
  for (const [index, node] of graph.nodes.entries()) {
    // What computes an output stays: an output that is an initializer is not valid everywhere.
    if (!dependsOnConstants(node, sizes) || node.outputs.some((name) => modelOutputs.has(name))) continue;
    const path = `graph/${nodeLabel(node, index)}`;
    const outputs = node.outputs.filter((name) => name !== '');
    const bytes = outputs.map(sizeOf);
    if (bytes.includes(undefined)) continue;
    const total = (bytes as number[]).reduce((sum, size) => sum + size, 0);
    const source = node.inputs.reduce((sum, name) => sum + (sizes.get(name) ?? 0), 0);
    if (total > Math.max(alwaysKeptBytes, source)) {
      const reason = `Its result is constant, but takes ${total} bytes where the constants that it is made of take ${source}: folded, the model would be larger.`;
      refusals.push({ path, op: node.opType ?? '', code: 'larger-when-folded', reason });
      continue;
    }
    outputs.forEach((name, at) => sizes.set(name, bytes[at]!));
    nodes.push({ node, path });
  }
  return { nodes, refusals, ...boundary(graph, nodes, constants) };
}

function dependsOnConstants(node: Node, known: ReadonlyMap<ValueName, number>): boolean {
  if (!isDefaultDomain(node.domain) || neverFolded.has(node.opType ?? '') || drawsRandomNumbers(node)) return false;
  if (subgraphsOf(node).length > 0) return false;
  return node.inputs.length > 0 && node.inputs.every((name) => name === '' || known.has(name));
}

function boundary(
  graph: Graph,
  folded: FoldingPlan['nodes'],
  constants: ReadonlyMap<string, Tensor>,
): Pick<FoldingPlan, 'wanted' | 'constants'> {
  const inside = new Set(folded.map(({ node }) => node));
  const made = new Set(folded.flatMap(({ node }) => node.outputs));
  const read = new Set(graph.nodes.filter((node) => !inside.has(node)).flatMap(namesReadAnywhere));
  const needed = new Set(folded.flatMap(({ node }) => node.inputs));
  return {
    wanted: [...made].filter((name) => name !== '' && read.has(name)),
    constants: [...constants].filter(([name]) => needed.has(name)).map(([, tensor]) => tensor),
  };
}

function namesReadAnywhere(node: Node): readonly ValueName[] {
  const inner = subgraphsOf(node).flatMap((graph) => [
    ...graph.nodes.flatMap(namesReadAnywhere),
    ...graph.outputs.map(({ name }) => name ?? ''),
  ]);
  return [...node.inputs, ...inner];
}

async function fold(model: Model, plan: FoldingPlan, context: SimplifyContext): Promise<SimplifyOutcome> {
  const graph = model.graph!;
  const inferred = context.inferred(model);
  const part: Model = {
    ...model,
    functions: [],
    training: [],
    metadata: [],
    graph: {
      name: 'constants',
      nodes: plan.nodes.map(({ node }) => node),
      initializers: plan.constants,
      sparseInitializers: [],
      inputs: [],
      outputs: plan.wanted.map((name) => ({
        name,
        type: { kind: 'tensor' as const, elementType: inferred.value(graph, name)?.elementType },
      })),
      valueInfos: [],
      quantizationAnnotations: [],
    },
  };
  let results;
  try {
    results = await context.inference!.run(context.signal, part, {});
  } catch (error) {
    context.signal.throwIfAborted();
    return { model, changes: [], refusals: [...plan.refusals, ...plan.nodes.map((entry) => notRun(entry, error))] };
  }
  return { ...withResults(model, plan, results), refusals: plan.refusals };
}

function notRun({ node, path }: FoldingPlan['nodes'][number], error: unknown): Refusal {
  const detail = error instanceof Error ? error.message : String(error);
  const reason = `It depends on constants alone, but the runtime could not run it: ${detail}`;
  return { path, op: node.opType ?? '', code: 'not-run', reason: reason.slice(0, 500) };
}

function withResults(
  model: Model,
  plan: FoldingPlan,
  results: Readonly<Record<string, FeedTensor>>,
): Pick<SimplifyOutcome, 'model' | 'changes'> {
  const graph = model.graph!;
  const folded = new Set(plan.nodes.map(({ node }) => node));
  const tensors = plan.wanted.map((name) => toTensor(name, results[name]!));
  const changes = plan.nodes.map(({ node, path }): Change => ({
    path,
    op: node.opType ?? '',
    what: 'Folded: it depends on constants alone',
  }));
  const nodes = graph.nodes.filter((node) => !folded.has(node));
  const defined = new Set([...nodes.flatMap(({ outputs }) => outputs), ...graph.inputs.map(({ name }) => name ?? '')]);
  const valueInfos = graph.valueInfos.filter(({ name = '' }) => defined.has(name));
  const initializers = [...graph.initializers, ...tensors];
  return { model: { ...model, graph: { ...graph, nodes, initializers, valueInfos } }, changes };
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
