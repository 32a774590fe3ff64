/**
 * An If whose condition is known is replaced by what its branch does. Values keep their names, unless a graph elsewhere in
 * the model has a value of the same name.
 */
import type { Graph, Node, ValueName } from '../../onnx/graph';
import { getAttribute, isDefaultDomain } from '../../onnx/traverse';
import { tensorContent } from '../../onnx/ops/tensor-content';
import { withNamesRead, type RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';

const inline: NodeRule = (graph, node) => {
  if (node.opType !== 'If' || !isDefaultDomain(node.domain)) return undefined;
  const condition = conditionOf(graph, node.inputs[0] ?? '');
  if (condition === undefined) return undefined;
  const branch = getAttribute(node, condition ? 'then_branch' : 'else_branch')?.g;
  if (branch === undefined || branch.sparseInitializers.length > 0) return undefined;
  graph.replace(node, inlined(graph, node, branch));
  return { change: `Replaced by its ${condition ? 'then' : 'else'} branch: the condition is known` };
};

function conditionOf(graph: RewriteGraph, name: ValueName): boolean | undefined {
  const tensor = graph.constant(name);
  const value = tensor === undefined ? graph.value(name).content?.[0] : tensorContent(tensor)?.[0];
  return typeof value === 'number' ? value !== 0 : undefined;
}

function inlined(graph: RewriteGraph, node: Node, branch: Graph): readonly Node[] {
  const produced = new Set(branch.nodes.flatMap(({ outputs }) => outputs));
  const renamed = new Map<ValueName, ValueName>();
  const connections: Node[] = [];
  branch.outputs.forEach(({ name = '' }, index) => {
    const wanted = node.outputs[index] ?? '';
    if (wanted === '') return;
    // A value that two outputs hand on, or that comes from outside, is handed on by a node.
    if (produced.has(name) && !renamed.has(name)) renamed.set(name, wanted);
    else connections.push({ opType: 'Identity', inputs: [name], outputs: [wanted], attributes: [] });
  });
  const own = [...produced, ...branch.initializers.map(({ name }) => name ?? '')];
  for (const name of own) {
    if (name !== '' && !renamed.has(name)) renamed.set(name, graph.nameFromInside(name));
  }
  for (const tensor of branch.initializers) graph.adopt({ ...tensor, name: renamed.get(tensor.name ?? '') });
  return [...branch.nodes, ...connections].map((inner) => withNames(inner, renamed));
}

function withNames(node: Node, renamed: ReadonlyMap<ValueName, ValueName>): Node {
  return { ...withNamesRead(node, renamed), outputs: node.outputs.map((name) => renamed.get(name) ?? name) };
}

export const inlineBranches: Simplification = {
  id: 'inline-branches',
  summary: 'Replaces an If whose condition is known by the branch that runs.',
  apply: (model, context) => rewriteModel(model, context, inline),
};
