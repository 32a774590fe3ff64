/** Runs one rule over every node of a model, inner graphs before those around them. */
import type { Graph, Model, Node } from '../../onnx/graph';
import { NameSet } from '../../onnx/name-set';
import { attributesWithGraphs, namesDefinedBy, withSubgraphs } from '../../onnx/subgraphs';
import { defaultOpsetVersion, nodePathPart, scopes } from '../../onnx/traverse';
import type { Change, Refusal } from '../pass';
import { RewriteGraph, type FreshNames } from './rewrite-graph';
import type { SimplifyContext, SimplifyOutcome } from './simplification';

/** The outcome of a rule for a node: its change, or the reason that it could not change the node. */
export type RuleVerdict = { readonly change: string } | { readonly refusal: Omit<Refusal, 'path' | 'op'> } | undefined;

/** Looks at one node and changes the graph around it, or says nothing. Called for each node once in a round. */
export type NodeRule = (graph: RewriteGraph, node: Node) => RuleVerdict;

/** A rule for nodes, after one for the whole of a graph, which names the values that it changed something about. */
export interface GraphRules {
  readonly graph: (graph: RewriteGraph) => readonly { readonly name: string; readonly change: string }[];
  readonly node: NodeRule;
}

/** Applies the rules to the nodes of all graphs, those of branches too. */
export function rewriteModel(model: Model, context: SimplifyContext, rules: NodeRule | GraphRules): SimplifyOutcome {
  const { graph: ruleOfGraph, node: rule } = typeof rules === 'function' ? { graph: undefined, node: rules } : rules;
  if (model.graph === undefined) return { model, changes: [], refusals: [] };
  const changes: Change[] = [];
  const refusals: Refusal[] = [];
  const shared = {
    inferred: context.inferred(model),
    names: createFreshNames(model),
    opset: Number(defaultOpsetVersion(model)),
  };
  const rewrite = (graph: Graph, path: string, parent: RewriteGraph | undefined): Graph => {
    const rewriter = new RewriteGraph(graph, { ...shared, parent });
    for (const [index, node] of graph.nodes.entries()) {
      const places = attributesWithGraphs(node);
      const nodePath = `${path}/${nodePathPart(node, index)}`;
      const inside = withSubgraphs(node, (inner) => rewrite(inner, `${nodePath}.${places.shift()}`, rewriter));
      if (inside !== node) rewriter.replace(node, [inside]);
    }
    for (const { name, change } of ruleOfGraph?.(rewriter) ?? []) {
      changes.push({ path: `${path}/${name}`, op: 'Initializer', what: change });
    }
    for (const [index, original] of graph.nodes.entries()) {
      const place = { path: `${path}/${nodePathPart(original, index)}`, op: original.opType ?? '' };
      // A rule may have put other nodes here, also on behalf of a node before.
      for (const node of rewriter.nodesAt(index)) {
        const verdict = rewriter.has(node) ? rule(rewriter, node) : undefined;
        if (verdict === undefined) continue;
        if ('change' in verdict) changes.push({ ...place, what: verdict.change });
        else refusals.push({ ...place, ...verdict.refusal });
      }
    }
    return rewriter.finish();
  };
  const graph = rewrite(model.graph, 'graph', undefined);
  return { model: graph === model.graph ? model : { ...model, graph }, changes, refusals };
}

function createFreshNames(model: Model): FreshNames {
  let definitions: Map<string, number> | undefined;
  let taken: NameSet | undefined;
  const counts = () => (definitions ??= countDefinitions(model));
  return {
    value: (base) => (taken ??= new NameSet(counts().keys())).addFree(base),
    isShared: (name) => (counts().get(name) ?? 0) > 1,
  };
}

/** The number of graphs of the model that define each name. */
function countDefinitions(model: Model): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { graph } of scopes(model)) {
    if (!graph) continue;
    for (const name of new Set(namesDefinedBy(graph))) counts.set(name, (counts.get(name) ?? 0) + 1);
  }
  return counts;
}
