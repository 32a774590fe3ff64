import type { OrderedStep } from './pass';

/** The `orderProblem` of a pass that changes weights, which stand no more where they are integers. */
export function beforeQuantizers(id: string): (earlier: readonly OrderedStep[]) => string | undefined {
  return (earlier) => {
    const quantizer = earlier.find(({ pass }) => pass.startsWith('quantize-'));
    return quantizer === undefined
      ? undefined
      : `${id} stands after ${quantizer.pass}, which leaves integers instead of weights. Put ${id} first.`;
  };
}
