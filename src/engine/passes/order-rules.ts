/** Rules about the order of steps that several passes share. */
import type { OrderedStep, PassWork } from './pass';

type OrderRule = NonNullable<PassWork<unknown>['orderProblem']>;

/**
 * The rule of a pass that needs floating-point weights: it stands after no pass that quantizes.
 * @param sentence  says why, and what to do, given the id of that pass
 */
export function afterNoQuantizer(sentence: (quantizer: string) => string): OrderRule {
  return (earlier: readonly OrderedStep[]) => {
    const quantizer = earlier.find(({ pass }) => pass.startsWith('quantize-'));
    return quantizer && sentence(quantizer.pass);
  };
}

/** The same for a pass that changes weights. */
export function beforeQuantizers(id: string): OrderRule {
  return afterNoQuantizer(
    (quantizer) => `${id} comes after ${quantizer}, which replaces weights by integers. Put ${id} first.`,
  );
}
