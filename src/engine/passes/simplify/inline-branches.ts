/**
 * Replaces an If whose condition is known by the nodes of its branch. Values keep their names, unless a graph elsewhere
 * in the model has a value of the same name.
 */
import { bodyInPlace } from '../../onnx/functions/body-in-place';
import type { ValueName } from '../../onnx/graph';
import { getAttribute, isDefaultDomain } from '../../onnx/traverse';
import { tensorContent } from '../../onnx/ops/tensor-content';
import type { RewriteGraph } from './rewrite-graph';
import { rewriteModel, type NodeRule } from './rewrite-model';
import type { Simplification } from './simplification';

const inline: NodeRule = (graph, node) => {
  if (node.opType !== 'If' || !isDefaultDomain(node.domain)) return undefined;
  const condition = conditionOf(graph, node.inputs[0] ?? '');
  if (condition === undefined) return undefined;
  const branch = getAttribute(node, condition ? 'then_branch' : 'else_branch')?.g;
  if (branch === undefined || branch.sparseInitializers.length > 0) return undefined;
  const { nodes, initializers } = bodyInPlace(node, branch, { freeName: (name) => graph.nameFromInside(name) });
  for (const tensor of initializers) graph.adopt(tensor);
  graph.replace(node, nodes);
  return { change: `Replaced by its ${condition ? 'then' : 'else'} branch: the condition is known` };
};

function conditionOf(graph: RewriteGraph, name: ValueName): boolean | undefined {
  const tensor = graph.constant(name);
  const value = tensor === undefined ? graph.value(name).content?.[0] : tensorContent(tensor)?.[0];
  return typeof value === 'number' ? value !== 0 : undefined;
}

export const inlineBranches: Simplification = {
  id: 'inline-branches',
  summary: 'Replaces an If with a known condition by the branch that runs.',
  apply: (model, context) => rewriteModel(model, context, inline),
};
