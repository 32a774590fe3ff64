/** Converts a whole model from an older operator set of ONNX: its graphs, and the functions that it brings along. */
import type { Model } from '../graph';
import { inlineFunctions } from '../functions/inline-functions';
import { opsetsByDomain, defaultOpsetVersion } from '../traverse';
import { upgradeGraphs, type OpsetUpgrade } from './upgrade-graphs';

/**
 * Brings the default domain to at least opset `target` (at most 23), as `upgradeGraphs` does. Calls of functions are
 * replaced by their bodies, each converted from its own operator set. A model is refused as a whole if a call cannot be
 * replaced. It is also refused if it has graphs of training, which would keep the older operators. Throws what
 * `checkpoint` throws.
 */
export async function upgradeOpset(
  model: Model,
  target: bigint,
  checkpoint: () => Promise<void>,
): Promise<OpsetUpgrade> {
  const isNewEnough = defaultOpsetVersion(model) >= target;
  if (!isNewEnough && model.training.length > 0) {
    return {
      kind: 'refused',
      reason: 'the model contains training graphs, which use older operators.',
    };
  }
  if (isNewEnough || !model.graph || model.functions.length === 0) return upgradeGraphs(model, target);
  // A function may be newer than the graphs that call it.
  const newest = model.functions.map(({ opsetImports }) => BigInt(opsetsByDomain(opsetImports).get('') ?? 0));
  const met = newest.filter((version) => version <= target).reduce((a, b) => (a > b ? a : b), 0n);
  const raised = upgradeGraphs(model, met);
  if (raised.kind === 'refused') return raised;
  const inlined = await inlineFunctions(raised.model, checkpoint);
  // A call that the runtime runs as an operator needs no conversion.
  const first = inlined.refusals.find(({ code }) => code !== 'runtime-operator');
  if (first !== undefined) {
    const node = { path: first.path, op: first.op };
    return { kind: 'refused', reason: `the node ${first.path} calls a function: ${first.reason}`, node };
  }
  const upgraded = upgradeGraphs(inlined.model, target);
  if (upgraded.kind === 'refused') return upgraded;
  const { length } = inlined.calls;
  const calls = length === 1 ? '1 function call inlined' : `${length} function calls inlined`;
  return {
    ...upgraded,
    changes: [...raised.changes, ...(length > 0 ? [calls] : []), ...upgraded.changes],
    nodes: [...raised.nodes, ...upgraded.nodes],
  };
}
