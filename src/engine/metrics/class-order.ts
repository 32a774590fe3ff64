/** Finds an order of the classes that explains the answers of a model better than the order of its evaluation. */

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

/** Weights of `rows` × `columns`, row by row. Finite. */
interface WeightTable {
  readonly rows: number;
  /** The number of columns: at least as many as rows. */
  readonly columns: number;
  readonly weights: Float64Array;
}

/**
 * Returns the column of each row in an assignment with the largest sum of weights, no column twice. It returns one of
 * several assignments with the same sum. The method is successive shortest paths with potentials, the Hungarian method in the
 * form of Jonker and Volgenant ("A Shortest Augmenting Path Algorithm for Dense and Sparse Linear Assignment Problems",
 * Computing 38, 1987). Time: rows² × columns at most. Throws a RangeError if there are more rows than columns.
 */
export function maximumAssignment(table: WeightTable): Int32Array {
  const { rows, columns } = table;
  if (rows > columns) throw new RangeError(`${rows} rows cannot have a column each of ${columns}.`);
  const state: AssignmentState = {
    rowPotentials: new Float64Array(rows),
    columnPotentials: new Float64Array(columns),
    rowOf: new Int32Array(columns).fill(-1),
    before: new Int32Array(columns),
    distances: new Float64Array(columns),
    isDone: new Uint8Array(columns),
  };
  for (let row = 0; row < rows; row++) placeRow(table, state, row);
  const columnOf = new Int32Array(rows);
  state.rowOf.forEach((row, column) => {
    if (row >= 0) columnOf[row] = column;
  });
  return columnOf;
}

/** Costs are the negative weights; cost − row potential − column potential is never below 0, and 0 if assigned. */
interface AssignmentState {
  readonly rowPotentials: Float64Array;
  readonly columnPotentials: Float64Array;
  /** The row of each column; −1 if the column is free. */
  readonly rowOf: Int32Array;
  /** The column that the shortest path to a column comes from; −1 for the row that is being placed. */
  readonly before: Int32Array;
  readonly distances: Float64Array;
  readonly isDone: Uint8Array;
}

/** Assigns a column to the row along the shortest path to a free one. Rows on the path move one column on. */
function placeRow(table: WeightTable, state: AssignmentState, row: number): void {
  const { rowOf, before, distances, isDone, rowPotentials, columnPotentials } = state;
  distances.fill(Infinity);
  isDone.fill(0);
  let [at, from, reached] = [row, -1, 0];
  const passed: number[] = [];
  for (;;) {
    const nearest = relaxColumns(table, state, { row: at, from, reached });
    reached = distances[nearest]!;
    isDone[nearest] = 1;
    from = nearest;
    if (rowOf[nearest] === -1) break;
    passed.push(nearest);
    at = rowOf[nearest]!;
  }
  rowPotentials[row]! += reached;
  for (const column of passed) {
    const slack = reached - distances[column]!;
    rowPotentials[rowOf[column]!]! += slack;
    columnPotentials[column]! -= slack;
  }
  for (let column = from; column !== -1; column = before[column]!) {
    const previous = before[column]!;
    rowOf[column] = previous === -1 ? row : rowOf[previous]!;
  }
}

/** Shortens the ways to the columns that are open, through one row; the column that is then nearest. */
function relaxColumns(
  { columns, weights }: WeightTable,
  { before, distances, isDone, rowPotentials, columnPotentials }: AssignmentState,
  { row, from, reached }: { readonly row: number; readonly from: number; readonly reached: number },
): number {
  const base = reached - rowPotentials[row]!;
  let nearest = -1;
  for (let column = 0; column < columns; column++) {
    if (isDone[column] === 1) continue;
    const distance = base - weights[row * columns + column]! - columnPotentials[column]!;
    if (distance < distances[column]!) {
      distances[column] = distance;
      before[column] = from;
    }
    if (nearest === -1 || distances[column]! < distances[nearest]!) nearest = column;
  }
  return nearest;
}
