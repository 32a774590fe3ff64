/**
 * Converts a model from an older operator set of ONNX, for real: operators whose meaning changed are rewritten, the
 * number follows. Knows the steps from opset 7 to 11; see `ops/upgrades-to-opset-11.ts` for the operators.
 */
import { ModelEditor } from './edit';
import { inferElementTypes } from './element-types';
import type { Model } from './graph';
import { upgradesToOpset11, type UpgradeContext } from './ops/upgrades-to-opset-11';
import { isDefaultDomain, nodesOf, scopes } from './traverse';

export type OpsetUpgrade =
  /** The same object when the model is new enough. */
  | { readonly kind: 'upgraded'; readonly model: Model; readonly changes: readonly string[] }
  /** `reason` continues a sentence: "…, but the model uses Scan of opset 8". */
  | { readonly kind: 'refused'; readonly reason: string };

const OLDEST_KNOWN = 7n;
const NEWEST_TARGET = 11n;

/** The version of the default domain that the model declares. */
export function defaultOpsetVersion(model: Model): bigint {
  return model.opsetImports.find((entry) => isDefaultDomain(entry.domain))?.version ?? 1n;
}

/** Brings the default domain to at least opset `target` (at most 11). Never throws. */
export function upgradeOpset(model: Model, target: bigint): OpsetUpgrade {
  const version = defaultOpsetVersion(model);
  if (version >= target || !model.graph) return { kind: 'upgraded', model, changes: [] };
  if (version < OLDEST_KNOWN || target > NEWEST_TARGET) {
    return { kind: 'refused', reason: `the model uses operator set ${version}, which cannot be converted yet.` };
  }
  if (model.functions.length > 0) {
    return { kind: 'refused', reason: `the model has functions, and was made for operator set ${version}.` };
  }
  const editor = new ModelEditor(model);
  const types = inferElementTypes(model);
  const counts = new Map<string, number>();
  for (const scope of scopes(model)) {
    if (!scope.graph) continue;
    const graph = editor.editorOf(scope.graph);
    for (const { node, path } of nodesOf(scope)) {
      const upgrade = isDefaultDomain(node.domain) ? upgradesToOpset11.get(node.opType ?? '') : undefined;
      if (!upgrade || version >= upgrade.since) continue;
      const context: UpgradeContext = { editor: graph, elementType: (name) => types.get(graph.original, name) };
      const result = upgrade.convert(node, context);
      if (typeof result === 'string') {
        return { kind: 'refused', reason: `the node ${path} (${node.opType}, operator set ${version}) ${result}.` };
      }
      if (result === node) continue;
      graph.replaceNode(node, [result]);
      counts.set(node.opType!, (counts.get(node.opType!) ?? 0) + 1);
    }
  }
  editor.requireOpset('', target);
  const converted = [...counts].map(([opType, count]) => `${count} × ${opType}`).join(', ') || 'no node had to change';
  return {
    kind: 'upgraded',
    model: editor.finish(),
    changes: [`Operator set ${version} converted to ${target}: ${converted}`],
  };
}
