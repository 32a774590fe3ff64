/** Constants by name, as seen from their reader. */
import type { Tensor } from './graph';
import { isWithin, type NodeVisit } from './traverse';
import type { Weight } from './weights';

/** Finds the constant that a name stands for at a node: of its own scope, or else of the nearest one around it. */
export type ConstantLookup = (name: string | undefined, from: Pick<NodeVisit, 'scope'>) => Tensor | undefined;

/** @param all the weights of the model, as `weights(model)` gives them. */
export function constantLookup(all: readonly Weight[]): ConstantLookup {
  const byName = new Map<string, Weight[]>();
  for (const weight of all) {
    const sameName = byName.get(weight.name);
    if (sameName) sameName.push(weight);
    else byName.set(weight.name, [weight]);
  }
  return (name, from) =>
    name ? byName.get(name)?.findLast((weight) => isWithin(from.scope, weight.scope))?.tensor : undefined;
}
