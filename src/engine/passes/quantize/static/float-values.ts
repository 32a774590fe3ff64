/** Which activations stay float32 so that the others cost the outputs no more than they may. */
import { isDefaultDomain } from '../../../onnx/traverse';
import type { Node, ValueName } from '../../../onnx/graph';
import type { ValueNoise } from './activation-noise';
import type { QdqPlan } from './qdq-plan';

/** These only move numbers: they work on whatever comes. */
const movers: ReadonlySet<string> = new Set([
  ...['Flatten', 'MaxPool', 'Reshape', 'Resize', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze'],
  ...['Gather', 'Split', 'Pad', 'Concat', 'Identity'],
]);

type Planned = Pick<QdqPlan, 'graph' | 'marks' | 'absorbed'>;

/**
 * The values that cost most, until all others together cost at most `mostShare`; by value its share, or of several that were measured
 * together theirs. With them go values that no operator of integers reads or computes any more (share 0): to round them would only lose digits.
 */
export function chooseFloatValues(
  plan: Planned,
  noise: readonly ValueNoise[],
  mostShare: number,
): ReadonlyMap<ValueName, number> {
  let left = noise.reduce((sum, { share }) => sum + share, 0);
  const chosen = new Map<ValueName, number>();
  for (const { values, share } of noise.toSorted((a, b) => b.share - a.share)) {
    if (left <= mostShare) break;
    left -= share;
    for (const value of values) chosen.set(value, share);
  }
  // What an absorbed bound reads would get the range of what it computes.
  for (const [bound, output] of plan.absorbed) if (chosen.has(output)) chosen.set(bound.inputs[0]!, 0);
  if (chosen.size > 0) addIdle(plan, chosen);
  return chosen;
}

function addIdle({ graph, marks, absorbed }: Planned, chosen: Map<ValueName, number>): void {
  const isRounded = (name: ValueName): boolean => {
    for (let at: ValueName = name; ;) {
      const mark = marks.get(at);
      if (mark?.kind !== 'shared') return mark !== undefined && !chosen.has(at);
      at = mark.with;
    }
  };
  const outputOf = (name: ValueName): ValueName => {
    const [reader] = graph.readers(name);
    return reader && absorbed.has(reader) ? outputOf(absorbed.get(reader)!) : name;
  };
  const computesIntegers = (node: Node): boolean => {
    if (!isDefaultDomain(node.domain)) return false;
    if (movers.has(node.opType ?? '')) return true;
    const values = [...node.inputs, ...node.outputs].filter((name) => graph.isFloat(name) && !graph.constant(name));
    return values.every((name) => isRounded(outputOf(name)));
  };
  for (let isStable = false; !isStable;) {
    isStable = true;
    for (const [name, mark] of marks) {
      if (mark.kind !== 'activation' || chosen.has(name) || graph.constant(name)) continue;
      let maker = graph.producer(name);
      while (maker && absorbed.has(maker)) maker = graph.producer(maker.inputs[0]!);
      if ([...(maker ? [maker] : []), ...graph.readers(name)].some(computesIntegers)) continue;
      chosen.set(name, 0);
      isStable = false;
    }
  }
}
