/**
 * Orders of passes that make no sense, with the reason. A pass contributes a rule by adding one here: it sees the steps
 * before and the step itself, with complete options.
 */
import type { OptionValues } from './pass';

export interface OrderedStep {
  readonly pass: string;
  readonly options: OptionValues;
}

export interface OrderProblem {
  /** Position of the step that cannot stand where it is. */
  readonly index: number;
  /** A sentence: what is wrong and what to do. */
  readonly reason: string;
}

type OrderRule = (earlier: readonly OrderedStep[], step: OrderedStep) => string | undefined;

const rules: readonly OrderRule[] = [
  function quantizeOnce(earlier, step) {
    if (step.pass !== 'quantize-dynamic' || !earlier.some(({ pass }) => pass === step.pass)) return undefined;
    return 'quantize-dynamic stands in the recipe twice: the first one has already turned its weights into integers. Keep one, and name the nodes of both in its options.';
  },
  function pruneDifferentNodes(earlier, step) {
    if (step.pass !== 'prune-magnitude') return undefined;
    const mine = names(step.options.include);
    for (const other of earlier) {
      if (other.pass !== step.pass) continue;
      const theirs = names(other.options.include);
      const disjoint = mine.length > 0 && theirs.length > 0 && !mine.some((name) => theirs.includes(name));
      if (!disjoint) {
        return 'prune-magnitude stands in the recipe twice for the same nodes: zeros of the first count towards the amount of the second, so only the larger amount would matter. Keep one, or give each its own nodes with “include”.';
      }
    }
    return undefined;
  },
];

/** The first step that cannot stand where it is, or `undefined`. Steps are the enabled ones, in order. */
export function findOrderProblem(steps: readonly OrderedStep[]): OrderProblem | undefined {
  for (const [index, step] of steps.entries()) {
    for (const rule of rules) {
      const reason = rule(steps.slice(0, index), step);
      if (reason !== undefined) return { index, reason };
    }
  }
  return undefined;
}

function names(value: unknown): readonly string[] {
  return Array.isArray(value) ? (value as readonly string[]) : [];
}
