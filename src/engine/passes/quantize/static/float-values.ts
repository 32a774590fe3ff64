/** Chooses the activations that stay float32, so that the loss of the others stays within its limit. */
import { isDefaultDomain } from '../../../onnx/traverse';
import type { Node, ValueName } from '../../../onnx/graph';
import type { ValueNoise } from './activation-noise';
import type { QdqPlan } from './qdq-plan';

/** Operators that only move numbers, and accept any type. */
const movers: ReadonlySet<string> = new Set([
  ...['Flatten', 'MaxPool', 'Reshape', 'Resize', 'Slice', 'Squeeze', 'Transpose', 'Unsqueeze'],
  ...['Gather', 'Split', 'Pad', 'Concat', 'Identity'],
]);

/** Computing a layer in float32 again costs as much as this many values between layers. */
const valuesPerLayer = 8;

type Planned = Pick<QdqPlan, 'graph' | 'marks' | 'absorbed'>;

/**
 * Chooses values to keep in float32, one after the other: the one with the largest loss for the layers that then stay
 * float. It stops when all others together cost at most `mostShare`. The result has the share of each value, or of the
 * block that was measured together. With each value, values that no integer operator reads or computes any more leave
 * too (`null`), because rounding them would only lose digits.
 */
export function chooseFloatValues(
  plan: Planned,
  noise: readonly ValueNoise[],
  mostShare: number,
): ReadonlyMap<ValueName, number | null> {
  const choice = new FloatChoice(plan);
  const isLeft = ({ values }: ValueNoise): boolean => values.some((value) => !choice.chosen.has(value));
  for (let left = noise; ;) {
    left = left.filter(isLeft);
    if (left.reduce((sum, { share }) => sum + share, 0) <= mostShare) return choice.chosen;
    const worth = ({ values, share }: ValueNoise): number => share / (1 + valuesPerLayer * choice.layersLostBy(values));
    const next = left.reduce((best, each) => (worth(each) > worth(best) ? each : best));
    choice.take(next);
  }
}

class FloatChoice {
  readonly chosen = new Map<ValueName, number | null>();
  readonly #plan: Planned;
  /** The operators that read and compute each value; absorbed bounds are seen through. */
  readonly #around = new Map<ValueName, readonly Node[]>();
  readonly #layers: ReadonlySet<Node>;

  constructor(plan: Planned) {
    const { graph, marks } = plan;
    this.#plan = plan;
    this.#layers = new Set(graph.graph.nodes.filter((node) => graph.isLayer(node)));
    for (const [name, mark] of marks) {
      if (mark.kind !== 'activation' || graph.constant(name)) continue;
      let maker = graph.producer(name);
      while (maker && plan.absorbed.has(maker)) maker = graph.producer(maker.inputs[0]!);
      this.#around.set(name, [...(maker ? [maker] : []), ...graph.readers(name)]);
    }
  }

  layersLostBy(values: readonly ValueName[]): number {
    const touched = new Set(values.flatMap((value) => this.#around.get(value) ?? []));
    return [...touched].filter((node) => this.#layers.has(node) && this.#computesIntegers(node)).length;
  }

  take({ values, share }: ValueNoise): void {
    for (const value of values) this.chosen.set(value, share);
    // The input of an absorbed bound would get the range of its output.
    for (const [bound, output] of this.#plan.absorbed) {
      if (this.chosen.has(output) && !this.chosen.has(bound.inputs[0]!)) this.chosen.set(bound.inputs[0]!, null);
    }
    for (let isStable = false; !isStable;) {
      const idle = [...this.#around].filter(([name, nodes]) => {
        return !this.chosen.has(name) && !nodes.some((node) => this.#computesIntegers(node));
      });
      for (const [name] of idle) this.chosen.set(name, null);
      isStable = idle.length === 0;
    }
  }

  #computesIntegers(node: Node): boolean {
    const { graph } = this.#plan;
    if (!isDefaultDomain(node.domain)) return false;
    if (movers.has(node.opType ?? '')) return true;
    const values = [...node.inputs, ...node.outputs].filter((name) => graph.isFloat(name) && !graph.constant(name));
    return values.every((name) => this.#isRounded(this.#outputOf(name)));
  }

  /** The output of the absorbed bound that reads a value; else the value itself. */
  #outputOf(name: ValueName): ValueName {
    const [reader] = this.#plan.graph.readers(name);
    const output = reader && this.#plan.absorbed.get(reader);
    return output === undefined ? name : this.#outputOf(output);
  }

  #isRounded(name: ValueName): boolean {
    const mark = this.#plan.marks.get(name);
    if (mark?.kind === 'shared') return this.#isRounded(mark.with);
    return mark !== undefined && !this.chosen.has(name);
  }
}
