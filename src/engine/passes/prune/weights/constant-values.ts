import type { NodeVisit, Scope } from '../../../onnx/traverse';
import type { Weight } from '../../../onnx/weights';

export interface ConstantValues {
  /** Whether a value, as `scope` sees it, never changes from run to run. */
  has(scope: Scope, value: string): boolean;
}

/** Stored weights, and what `derives` makes of nothing but such values. `visits` are all nodes, outer scopes first. */
export function constantValues(
  all: readonly Weight[],
  visits: readonly NodeVisit[],
  derives: (visit: NodeVisit) => boolean,
): ConstantValues {
  const known = new Set(all.map(({ scope, name }) => `${scope.path}\n${name}`));
  const has = (scope: Scope, value: string): boolean => {
    for (let at: Scope | undefined = scope; at; at = at.parent?.scope)
      if (known.has(`${at.path}\n${value}`)) return true;
    return false;
  };
  for (const visit of visits) {
    const { scope, node } = visit;
    if (!derives(visit) || !node.inputs.every((input) => input === '' || has(scope, input))) continue;
    for (const output of node.outputs) known.add(`${scope.path}\n${output}`);
  }
  return { has };
}
