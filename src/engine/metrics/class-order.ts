/** Finds an order of the classes that explains the answers of a model better than the order of its evaluation. */
import { maximumAssignment } from './maximum-assignment';

/** The number of samples of one class for which one class was predicted. */
export interface AnswerCount {
  readonly label: number;
  readonly predicted: number;
  readonly count: number;
}

export interface FittedOrder {
  /** The class, in the present numbering, that each output most likely stands for, by the number of the output. */
  readonly order: readonly number[];
  /** Samples that are right with this order. */
  readonly correct: number;
  /** Mean over the classes that occur of the share that is right, now and with this order. */
  readonly meanRecall: { readonly before: number; readonly fitted: number };
}

/** Weights that one assignment weighs at most, which is 1,000 classes: more take seconds. */
const mostWeights = 1_000_000;

/**
 * Returns the order of the classes with which the most samples are right. Among several it is one that changes the
 * fewest classes. If classes × outputs exceed a million, the largest counts are taken first, and of equal ones the
 * smaller numbers. The result is then not always the best order. It is the best if another order was trained, because
 * each class then has one answer far ahead of the others. Remaining classes take the remaining outputs, their own one
 * if it is free.
 */
export function fitClassOrder(counts: readonly AnswerCount[], classCount: number): FittedOrder {
  const totals = new Map<number, number>();
  for (const { label, count } of counts) totals.set(label, (totals.get(label) ?? 0) + count);
  const answerOf = chooseAnswers(counts);
  const order = Array.from<undefined, number | undefined>({ length: classCount }, () => undefined);
  for (const [label, predicted] of answerOf) order[predicted] = label;
  const recalls = { before: 0, fitted: 0 };
  let correct = 0;
  for (const { label, predicted, count } of counts) {
    if (label === predicted) recalls.before += count / totals.get(label)!;
    if (answerOf.get(label) !== predicted) continue;
    correct += count;
    recalls.fitted += count / totals.get(label)!;
  }
  return {
    order: withTheRest(order, answerOf),
    correct,
    meanRecall: { before: recalls.before / totals.size, fitted: recalls.fitted / totals.size },
  };
}

/** Assigns to each class the output that stands for it, which was predicted for at least one of its samples. */
function chooseAnswers(counts: readonly AnswerCount[]): ReadonlyMap<number, number> {
  const labels = distinct(counts.map(({ label }) => label));
  const outputs = distinct(counts.map(({ predicted }) => predicted));
  if (labels.length * outputs.length > mostWeights) return largestFirst(counts);
  return labels.length <= outputs.length
    ? assign(counts, labels, outputs, ({ label, predicted }) => [label, predicted])
    : invert(assign(counts, outputs, labels, ({ label, predicted }) => [predicted, label]));
}

/** `rows` are assigned to `columns`; `sidesOf` returns both of a count. */
function assign(
  counts: readonly AnswerCount[],
  rows: readonly number[],
  columns: readonly number[],
  sidesOf: (count: AnswerCount) => readonly [row: number, column: number],
): ReadonlyMap<number, number> {
  const [rowAt, columnAt] = [positions(rows), positions(columns)];
  const weights = new Float64Array(rows.length * columns.length);
  const at = (row: number, column: number): number => rowAt.get(row)! * columns.length + columnAt.get(column)!;
  // A sample weighs more than all classes that keep their place. Those decide only between equals.
  for (const count of counts) weights[at(...sidesOf(count))]! += count.count * (rows.length + 1);
  const answered = weights.map((weight) => (weight > 0 ? 1 : 0));
  for (const row of rows) if (columnAt.has(row)) weights[at(row, row)]! += 1;
  const chosen = maximumAssignment({ rows: rows.length, columns: columns.length, weights });
  return new Map(
    rows
      .map((row, index) => [row, columns[chosen[index]!]!] as const)
      .filter(([row, column]) => answered[at(row, column)] === 1),
  );
}

function largestFirst(counts: readonly AnswerCount[]): ReadonlyMap<number, number> {
  const sorted = counts.toSorted((a, b) => b.count - a.count || a.label - b.label || a.predicted - b.predicted);
  const answerOf = new Map<number, number>();
  const taken = new Set<number>();
  for (const { label, predicted } of sorted) {
    if (answerOf.has(label) || taken.has(predicted)) continue;
    answerOf.set(label, predicted);
    taken.add(predicted);
  }
  return answerOf;
}

function distinct(numbers: readonly number[]): readonly number[] {
  return [...new Set(numbers)].toSorted((a, b) => a - b);
}

function positions(numbers: readonly number[]): ReadonlyMap<number, number> {
  return new Map(numbers.map((number, position) => [number, position]));
}

function invert(map: ReadonlyMap<number, number>): ReadonlyMap<number, number> {
  return new Map(Array.from(map, ([key, value]) => [value, key]));
}

function withTheRest(order: readonly (number | undefined)[], placed: ReadonlyMap<number, number>): readonly number[] {
  const left = new Set(Array.from(order.keys()).filter((label) => !placed.has(label)));
  const kept = order.map((label, output) => (label === undefined && left.delete(output) ? output : label));
  const rest = [...left];
  return kept.map((label) => label ?? rest.shift()!);
}
