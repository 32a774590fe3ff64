/**
 * Converts the graphs of a model from an older operator set of ONNX, for real: operators whose meaning changed are
 * rewritten, the number follows. Knows the steps from opset 6 to 23; see `ops/upgrades-to-opset-….ts` for the operators.
 */
import { ModelEditor } from '../edit';
import type { GraphEditor } from '../edit-graph';
import type { Model, Node, ValueName } from '../graph';
import { inferModel } from '../infer';
import type { UpgradeContext, UpgradeStage } from '../ops/operator-upgrade';
import { upgradeStages } from '../ops/registry';
import { atIrVersion } from './raise-ir-version';
import { defaultOpsetVersion, isDefaultDomain, nodesOf, scopes, scopesWithin } from '../traverse';

/** A node that was rewritten. */
export interface UpgradedNode {
  readonly path: string;
  readonly op: string;
}

export type OpsetUpgrade =
  /** The same object when the model is new enough. */
  | {
      readonly kind: 'upgraded';
      readonly model: Model;
      readonly changes: readonly string[];
      readonly nodes: readonly UpgradedNode[];
    }
  /** `reason` continues a sentence: "…, but the model uses Scan of opset 8". `node`: what cannot be converted. */
  | { readonly kind: 'refused'; readonly reason: string; readonly node?: UpgradedNode };

const oldestKnown = 6n;
/** The newest operator set that a model can be converted to. */
export const newestTarget = 23n;

/** The file version that came with an operator set: the oldest that a model of it should state (Versioning of ONNX). */
const irVersions: readonly (readonly [opset: bigint, irVersion: bigint])[] = [
  [23n, 11n],
  [21n, 10n],
  [19n, 9n],
  [15n, 8n],
  [12n, 7n],
];

/**
 * Brings the default domain to at least opset `target` (at most 23). Functions of the model stay unchanged, because a
 * body states its own operator sets. The results of the model stay the same. A model with an operator that cannot be
 * converted is refused as a whole. It never throws for a valid model. It reads no weights except scale and bias of
 * GroupNormalization, and short lists.
 */
export function upgradeGraphs(model: Model, target: bigint): OpsetUpgrade {
  const version = defaultOpsetVersion(model);
  if (version >= target || !model.graph) return { kind: 'upgraded', model, changes: [], nodes: [] };
  if (version < oldestKnown || target > newestTarget) {
    return { kind: 'refused', reason: `the model uses operator set ${version}, which cannot be converted.` };
  }
  let current = model;
  const nodes: UpgradedNode[] = [];
  for (const stage of upgradeStages) {
    const to = stage.to < target ? stage.to : target;
    if (defaultOpsetVersion(current) >= to) continue;
    const outcome = runStage(current, { ...stage, to });
    if ('reason' in outcome) return { kind: 'refused', ...outcome };
    current = outcome.model;
    for (const node of outcome.nodes) nodes.push(node);
  }
  const changes = [`Operator set ${version} converted to ${target}: ${countByOperator(nodes)}`];
  return { kind: 'upgraded', model: withIrVersion(current, target), changes, nodes };
}

function countByOperator(nodes: readonly UpgradedNode[]): string {
  const counts = new Map<string, number>();
  for (const { op } of nodes) counts.set(op, (counts.get(op) ?? 0) + 1);
  return [...counts].map(([opType, count]) => `${count} × ${opType}`).join(', ') || 'no node had to change';
}

type StageOutcome =
  | { readonly model: Model; readonly nodes: readonly UpgradedNode[] }
  | { readonly reason: string; readonly node: UpgradedNode };

function runStage(model: Model, { to, upgrades }: UpgradeStage): StageOutcome {
  const version = defaultOpsetVersion(model);
  const editor = new ModelEditor(model);
  const contextOf = createContexts(model);
  const nodes: UpgradedNode[] = [];
  for (const scope of scopesWithin({ path: 'graph', nodes: model.graph!.nodes, graph: model.graph! })) {
    const graph = editor.editorOf(scope.graph!);
    for (const { node, path } of nodesOf(scope)) {
      const upgrade = isDefaultDomain(node.domain) ? upgrades.get(node.opType ?? '') : undefined;
      if (!upgrade || version >= upgrade.since || upgrade.since > to) continue;
      const context = contextOf(graph);
      const result = upgrade.convert(node, context);
      if (result === node) continue;
      const entry = { path, op: node.opType ?? '' };
      const made = typeof result === 'string' || Array.isArray(result) ? result : [result as Node];
      const problem = typeof made === 'string' ? made : lostOutput(node, made as readonly Node[], context);
      if (problem !== undefined) {
        return {
          reason: `the node ${path} (${node.opType}, operator set ${version}) ${problem}.`,
          node: entry,
        };
      }
      graph.replaceNode(node, made as readonly Node[]);
      nodes.push(entry);
    }
  }
  editor.requireOpset('', to);
  return { model: editor.finish(), nodes };
}

/** Finds an output beyond those of the node's operator that other nodes read, because no node produces it after the conversion. */
function lostOutput({ outputs }: Node, made: readonly Node[], { isRead }: UpgradeContext): string | undefined {
  const given = new Set(made.flatMap((node) => node.outputs));
  const lost = outputs.find((name) => name !== '' && !given.has(name) && isRead(name));
  return lost === undefined ? undefined : `has an output "${lost}" that its operator does not have`;
}

/** Facts that conversions may ask of a model. They are computed when a conversion asks. */
function createContexts(model: Model): (graph: GraphEditor) => UpgradeContext {
  let inferred: ReturnType<typeof inferModel> | undefined;
  let read: ReadonlySet<ValueName> | undefined;
  return (graph) => {
    const value = (name: ValueName) => (inferred ??= inferModel(model)).value(graph.original, name);
    return {
      editor: graph,
      elementType: (name) => value(name)?.elementType,
      shape: (name) => value(name)?.shape,
      content: (name) => value(name)?.content,
      isRead: (name) => (read ??= namesRead(model)).has(name),
      constant(name) {
        for (let at: GraphEditor | undefined = graph; at; at = at.parent) {
          if (at.defines(name))
            return at.original.inputs.some((input) => input.name === name) ? undefined : at.constant(name);
        }
        return undefined;
      },
    };
  };
}

function namesRead(model: Model): ReadonlySet<ValueName> {
  const names = new Set<ValueName>();
  for (const { graph, nodes } of scopes(model)) {
    for (const { inputs } of nodes) for (const name of inputs) names.add(name);
    for (const { name } of graph?.outputs ?? []) names.add(name ?? '');
  }
  return names;
}

function withIrVersion(model: Model, opset: bigint): Model {
  const wanted = irVersions.find(([since]) => opset >= since)?.[1];
  return wanted === undefined || (model.irVersion ?? 0n) >= wanted ? model : atIrVersion(model, wanted);
}
