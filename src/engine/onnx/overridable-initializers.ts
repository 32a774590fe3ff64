import type { Model, ValueName } from './graph';
import { IR_VERSION_OF_FREE_INITIALIZERS } from './upgrade/raise-ir-version';

/** Names of the weights that are also inputs of the model, so that a caller may give other values (ONNX IR, "Graphs"). */
export function overridableInitializers(model: Model): ReadonlySet<ValueName> {
  // In older IR versions every initializer had to be an input, so being one does not make it a default there.
  if ((model.irVersion ?? 0n) < IR_VERSION_OF_FREE_INITIALIZERS) return new Set();
  const inputs = new Set(model.graph?.inputs.map((input) => input.name));
  const initializers = model.graph?.initializers ?? [];
  return new Set(initializers.flatMap(({ name }) => (name && inputs.has(name) ? [name] : [])));
}
