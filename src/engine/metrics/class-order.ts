/** Whether another order of the classes explains a model's answers better than the one that it was judged by. */

/** How often samples of one class were answered with another or the same. */
export interface AnswerCount {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

export interface FittedOrder {
  /** By number of the output: the class that it most likely stands for, as it is numbered now. */
  readonly order: readonly number[];
  /** Samples that are right with this order. */
  readonly correct: number;
  /** Mean over the classes that occur of the share that is right, now and with this order. */
  readonly meanRecall: { readonly before: number; readonly fitted: number };
}

/**
 * Assigns to each class the output that its samples were answered with, each output once: the largest counts first, of
 * equal ones the smaller numbers. This is not always the best assignment, but where another order was trained each class
 * has one answer far ahead of the others, and then it is. Classes that are left take the outputs that are left, their own
 * where it is free. Time: n log n of the different answers.
 */
export function fitClassOrder(counts: readonly AnswerCount[], classCount: number): FittedOrder {
  const largestFirst = counts.toSorted((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
  const answerOf = new Map<number, number>();
  const order = Array.from<undefined, number | undefined>({ length: classCount }, () => undefined);
  const totals = new Map<number, number>();
  const recalls = { before: 0, fitted: 0 };
  let correct = 0;
  for (const { label, count } of counts) totals.set(label, (totals.get(label) ?? 0) + count);
  for (const { label, predicted, count } of largestFirst) {
    if (label === predicted) recalls.before += count / totals.get(label)!;
    if (answerOf.has(label) || order[predicted] !== undefined) continue;
    answerOf.set(label, predicted);
    order[predicted] = label;
    correct += count;
    recalls.fitted += count / totals.get(label)!;
  }
  return {
    order: withTheRest(order, answerOf),
    correct,
    meanRecall: { before: recalls.before / totals.size, fitted: recalls.fitted / totals.size },
  };
}

function withTheRest(order: readonly (number | undefined)[], placed: ReadonlyMap<number, number>): readonly number[] {
  const left = new Set(Array.from(order.keys()).filter((label) => !placed.has(label)));
  const kept = order.map((label, output) => (label === undefined && left.delete(output) ? output : label));
  const rest = [...left];
  return kept.map((label) => label ?? rest.shift()!);
}
