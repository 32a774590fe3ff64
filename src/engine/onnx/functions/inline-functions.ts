/** Replaces calls of functions that a model defines by the nodes of these functions. */
import { bodyInPlace } from './body-in-place';
import { ModelEditor } from '../edit';
import type { GraphEditor } from '../edit-graph';
import { bodyOfCall, functionLookup, type FunctionLookup } from './function-calls';
import { FunctionSizes, mostNodesOfCalls } from './function-sizes';
import type { Graph, Model, ModelFunction, Node, ValueName } from '../graph';
import { inferModel, type InferredModel } from '../infer';
import { storedDataBytes } from '../map-tensors';
import { operatorRecord } from '../ops/registry';
import { textOfSize } from '../size';
import { subgraphsOf } from '../subgraphs';
import { canonicalDomain, nodesOf, opsetsByDomain, scopesWithin, type NodeVisit } from '../traverse';
import { upgradeGraphs } from '../upgrade/upgrade-graphs';

export interface FunctionChange {
  readonly path: string;
  readonly op: string;
  readonly what: string;
}

/** A call that stays. `reason` is a sentence. */
export interface FunctionRefusal {
  readonly path: string;
  readonly op: string;
  readonly code: 'endless-function' | 'large-function' | 'runtime-operator' | 'function-opset';
  readonly reason: string;
}

export interface FunctionInlining {
  /** The same object when nothing changed. */
  readonly model: Model;
  /** Calls that were replaced. */
  readonly calls: readonly FunctionChange[];
  /** Functions that nothing called. */
  readonly removed: readonly FunctionChange[];
  readonly refusals: readonly FunctionRefusal[];
}

/** Weights of a function stand in the model once for each call of it. */
const dataAlwaysAllowedBytes = 2 ** 20;

const tooMuchData: FunctionRefusal = {
  path: 'graph',
  op: 'Function',
  code: 'large-function',
  reason: 'Inlining every function would store its weights many times.',
};

/** This many calls take some tens of milliseconds. */
const callsPerPiece = 500;

/**
 * Replaces every call, also in graphs inside nodes and in functions, and removes functions that nothing calls then.
 * Bodies of an older operator set than the model's are converted. Values of the graphs keep their names; those of a
 * body get free ones. A call stays, with the reason, if the function calls itself or is newer than the model. It also
 * stays if the runtime has an operator of that name. For a valid model it throws only what `checkpoint` throws.
 */
export async function inlineFunctions(model: Model, checkpoint: () => Promise<void>): Promise<FunctionInlining> {
  if (model.functions.length === 0 || !model.graph) return { model, calls: [], removed: [], refusals: [] };
  const calledBy = functionLookup(model);
  const sizes = new FunctionSizes(calledBy);
  const mostNodes = mostNodesOfCalls(model);
  const removed = functionsBeyond(model, calledBy).map(({ domain, name }) => ({
    ...{ path: `function:${domain ?? ''}:${name ?? ''}`, op: name ?? '', what: 'Removed: it is never called' },
  }));
  const calls: FunctionChange[] = [];
  const opsets = opsetsOf(model, calledBy);
  const mostData = 2 * storedDataBytes(model) + dataAlwaysAllowedBytes;
  for (let current = model; ;) {
    const round = await inlineOnce(current, { calledBy, sizes, mostNodes, opsets, checkpoint });
    for (const call of round.calls) calls.push(call);
    if (round.model !== current) {
      current = round.model;
      continue;
    }
    if (storedDataBytes(current) > mostData) return { model, calls: [], removed: [], refusals: [tooMuchData] };
    const unused = new Set(functionsBeyond(current, calledBy));
    const functions = current.functions.filter((entry) => !unused.has(entry));
    return { model: unused.size === 0 ? current : { ...current, functions }, calls, removed, refusals: round.refusals };
  }
}

interface Inlining {
  readonly calledBy: FunctionLookup;
  readonly sizes: FunctionSizes;
  readonly mostNodes: number;
  /** The version that bodies are to have of each operator set. */
  readonly opsets: Opsets;
  checkpoint(): Promise<void>;
}

type Opsets = ReadonlyMap<string, number>;

/**
 * Returns the operator sets of the model. A domain that only functions import gets the newest version of theirs, and the others are
 * converted to it.
 */
function opsetsOf(model: Model, calledBy: FunctionLookup): Opsets {
  const imported = opsetsByDomain(model.opsetImports);
  const opsets = new Map(imported);
  for (const called of functionsWithin(model, calledBy)) {
    for (const [domain, version] of opsetsByDomain(called.opsetImports)) {
      if (imported.has(domain) || !domainsOf(called.nodes).has(domain)) continue;
      opsets.set(domain, Math.max(version, opsets.get(domain) ?? 0));
    }
  }
  return opsets;
}

/** Calls that are in the graphs now; those that come out of functions are left for the next round. */
async function inlineOnce(
  model: Model,
  { calledBy, sizes, mostNodes, opsets, checkpoint }: Inlining,
): Promise<Omit<FunctionInlining, 'removed'>> {
  const editor = new ModelEditor(model);
  const calls: FunctionChange[] = [];
  const refusals: FunctionRefusal[] = [];
  const main = model.graph!;
  const isTooLarge = sizes.of(main.nodes) > mostNodes;
  let inferred: InferredModel | undefined;
  for (const scope of scopesWithin({ path: 'graph', nodes: main.nodes, graph: main })) {
    for (const visit of nodesOf(scope)) {
      const called = calledBy(visit.node);
      if (called === undefined) continue;
      if (calls.length % callsPerPiece === 0) await checkpoint();
      const place = { path: visit.path, op: visit.node.opType ?? '' };
      const body =
        staysOf(visit.node, called, sizes, isTooLarge ? mostNodes : undefined) ??
        bodyFor(visit, called, { model, opsets, inferred: () => (inferred ??= inferModel(model)) });
      if ('reason' in body) {
        refusals.push({ ...place, ...body });
        continue;
      }
      const graph = editor.editorOf(scope.graph!);
      graph.replaceNode(visit.node, inlined(graph, visit.node, called, body));
      for (const domain of domainsOf(body.nodes)) editor.requireOpset(domain, BigInt(opsets.get(domain) ?? 1));
      calls.push({ ...place, what: `Replaced by the ${called.nodes.length} nodes of the function` });
    }
  }
  return { model: editor.finish(), calls, refusals };
}

type Stays = Pick<FunctionRefusal, 'code' | 'reason'>;

function staysOf(node: Node, called: ModelFunction, sizes: FunctionSizes, exceeded?: number): Stays | undefined {
  if (operatorRecord(node) !== undefined) {
    const reason = 'The runtime has a faster operator with this name.';
    return { code: 'runtime-operator', reason };
  }
  if (sizes.of([node]) === Infinity) {
    return {
      code: 'endless-function',
      reason: `The function ${called.name ?? ''} calls itself, or the calls are nested too deeply.`,
    };
  }
  if (exceeded === undefined) return undefined;
  const reason = `Inlining every function would make a model with more than ${exceeded} nodes.`;
  return { code: 'large-function', reason };
}

interface Around extends Pick<Inlining, 'opsets'> {
  readonly model: Model;
  inferred(): InferredModel;
}

/** The body as a graph in the operator sets of the model. Its inputs are described as the call gives them. */
function bodyFor(
  { node, scope }: NodeVisit,
  called: ModelFunction,
  { model, opsets, inferred }: Around,
): Graph | Stays {
  const body = emptyGraph(bodyOfCall(node, called), called.outputs);
  const own = opsetsByDomain(called.opsetImports);
  for (const domain of domainsOf(body.nodes)) {
    const [version, wanted] = [own.get(domain), opsets.get(domain)];
    if (version === undefined || wanted === undefined || version === wanted) continue;
    const reason = `The function ${called.name ?? ''} uses version ${version} of the operator set ${domain || 'ai.onnx'}, the model ${wanted}`;
    if (domain !== '') return { code: 'function-opset', reason: `${reason}.` };
    if (version > wanted)
      return { code: 'function-opset', reason: `${reason}: convert the model to ${version} first.` };
    const inputs = called.inputs.flatMap((name, index) => inputInfoOf(name, node, index, scope.graph!, inferred()));
    const opsetImports = called.opsetImports;
    const upgraded = upgradeGraphs({ ...model, opsetImports, graph: { ...body, inputs } }, BigInt(wanted));
    if (upgraded.kind === 'refused') return { code: 'function-opset', reason: `${reason}; ${upgraded.reason}` };
    return upgraded.model.graph!;
  }
  return body;
}

function emptyGraph(nodes: readonly Node[], outputs: readonly ValueName[]): Graph {
  return {
    nodes,
    initializers: [],
    sparseInitializers: [],
    inputs: [],
    outputs: outputs.map((name) => ({ name })),
    valueInfos: [],
    quantizationAnnotations: [],
  };
}

function inputInfoOf(name: ValueName, call: Node, index: number, graph: Graph, inferred: InferredModel) {
  const given = call.inputs[index] ?? '';
  if (given === '') return [];
  const { elementType, shape } = inferred.value(graph, given) ?? {};
  const dimensions = shape?.map((size) =>
    typeof size === 'number' ? { size: BigInt(size) } : size === null ? {} : { symbol: textOfSize(size)! },
  );
  return [{ name, type: { kind: 'tensor' as const, elementType, shape: dimensions && { dimensions } } }];
}

function domainsOf(nodes: readonly Node[]): ReadonlySet<string> {
  const domains = new Set<string>();
  for (const node of nodes) {
    domains.add(canonicalDomain(node.domain));
    for (const inner of subgraphsOf(node)) for (const domain of domainsOf(inner.nodes)) domains.add(domain);
  }
  return domains;
}

/** The nodes of the body with the names of the call, and free names for values that only the body knows. */
function inlined(graph: GraphEditor, call: Node, called: ModelFunction, body: Graph): readonly Node[] {
  const { nodes, initializers } = bodyInPlace(call, body, {
    given: new Map(called.inputs.map((name, index) => [name, call.inputs[index] ?? ''])),
    freeName: (name) => graph.freshValueName(name),
    nodeName: (name) => graph.freshNodeName(call.name ? `${call.name}/${name}` : name),
  });
  for (const tensor of initializers) graph.addInitializer(tensor);
  return nodes;
}

/** Functions that no graph reaches. */
function functionsBeyond(model: Model, calledBy: FunctionLookup): readonly ModelFunction[] {
  // Calls in training graphs are not examined, so no function is removed from a model that has them.
  if (model.training.length > 0) return [];
  const reached = functionsWithin(model, calledBy);
  return model.functions.filter((entry) => !reached.has(entry));
}

/** Functions that the graphs reach, by way of other functions too. */
function functionsWithin(model: Model, calledBy: FunctionLookup): ReadonlySet<ModelFunction> {
  const reached = new Set<ModelFunction>();
  const waiting: (readonly Node[])[] = [model.graph!.nodes];
  for (let nodes = waiting.pop(); nodes !== undefined; nodes = waiting.pop()) {
    for (const node of nodes) {
      for (const inner of subgraphsOf(node)) waiting.push(inner.nodes);
      const called = calledBy(node);
      if (called === undefined || reached.has(called)) continue;
      reached.add(called);
      waiting.push(called.nodes);
    }
  }
  return reached;
}
