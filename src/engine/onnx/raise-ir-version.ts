import type { Model } from './graph';
import { scopes } from './traverse';

/** From this IR version on, an initializer need not be listed as a graph input. */
export const IR_VERSION_OF_FREE_INITIALIZERS = 4n;

/** The model in a file version that may hold what it holds: an initializer that is no graph input is invalid in older ones. */
export function raiseIrVersion(model: Model): Model {
  if (model.irVersion === undefined || model.irVersion >= IR_VERSION_OF_FREE_INITIALIZERS) return model;
  for (const { graph } of scopes(model)) {
    const inputs = new Set(graph?.inputs.map(({ name }) => name));
    const isFree = graph?.initializers.some(({ name }) => !inputs.has(name));
    if (isFree) return { ...model, irVersion: IR_VERSION_OF_FREE_INITIALIZERS };
  }
  return model;
}
