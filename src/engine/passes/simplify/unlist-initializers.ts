/**
 * Files older than IR version 4 had to list every initializer as an input too, but callers may not supply other values
 * for them. The rewrite removes these inputs, so that every search for constants finds the initializers. In newer files
 * a caller may replace an initializer that is an input, so it stays one.
 */
import type { Model } from '../../onnx/graph';
import { IR_VERSION_OF_FREE_INITIALIZERS, raiseIrVersion } from '../../onnx/upgrade/raise-ir-version';
import type { Simplification } from './simplification';

export const unlistInitializers: Simplification = {
  id: 'unlist-initializers',
  summary: 'Removes weights from the list of inputs, where old file formats put them.',
  apply(model) {
    const listed = listedInitializers(model);
    if (listed.size === 0) return { model, changes: [], refusals: [] };
    const graph = { ...model.graph!, inputs: model.graph!.inputs.filter(({ name = '' }) => !listed.has(name)) };
    const changes = [...listed].map((name) => ({
      path: `graph/${name}`,
      op: 'Initializer',
      what: 'No longer an input',
    }));
    return { model: raiseIrVersion({ ...model, graph }), changes, refusals: [] };
  },
};

function listedInitializers({ irVersion, graph }: Model): ReadonlySet<string> {
  if (graph === undefined || irVersion === undefined || irVersion >= IR_VERSION_OF_FREE_INITIALIZERS) return new Set();
  const inputs = new Set(graph.inputs.map(({ name }) => name));
  return new Set(graph.initializers.flatMap(({ name }) => (name && inputs.has(name) ? [name] : [])));
}
