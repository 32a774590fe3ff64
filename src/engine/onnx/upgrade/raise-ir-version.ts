import type { Model } from '../graph';
import { scopes } from '../traverse';

/** From this IR version on, an initializer need not be listed as a graph input. */
export const IR_VERSION_OF_FREE_INITIALIZERS = 4n;

/**
 * The model in a file version that may hold its contents. In older versions, an initializer that is no graph input is
 * invalid.
 */
export function raiseIrVersion(model: Model): Model {
  if (model.irVersion === undefined || model.irVersion >= IR_VERSION_OF_FREE_INITIALIZERS) return model;
  for (const { graph } of scopes(model)) {
    const inputs = new Set(graph?.inputs.map(({ name }) => name));
    const isFree = graph?.initializers.some(({ name }) => !inputs.has(name));
    if (isFree) return atIrVersion(model, IR_VERSION_OF_FREE_INITIALIZERS);
  }
  return model;
}

/**
 * Returns the model in a newer file version with the same meaning. Initializers are no longer listed as inputs, because
 * in a newer file callers could replace a listed one.
 */
export function atIrVersion(model: Model, irVersion: bigint): Model {
  const { graph, irVersion: own = irVersion } = model;
  const listsAll = own < IR_VERSION_OF_FREE_INITIALIZERS && irVersion >= IR_VERSION_OF_FREE_INITIALIZERS;
  if (!listsAll || graph === undefined) return { ...model, irVersion };
  const initializers = new Set(graph.initializers.map(({ name }) => name));
  return {
    ...model,
    irVersion,
    graph: { ...graph, inputs: graph.inputs.filter(({ name }) => !initializers.has(name)) },
  };
}
