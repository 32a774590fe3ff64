/** The assignment problem: one column for each row, no column twice, so that the weights add up to the most. */

/** Weights of `rows` × `columns`, row by row. Finite. */
export interface WeightTable {
  readonly rows: number;
  /** The number of columns: at least as many as rows. */
  readonly columns: number;
  readonly weights: Float64Array;
}

/**
 * Returns the column of each row in an assignment with the largest sum of weights. It returns one of several
 * assignments with the same sum. The method is successive shortest paths with potentials, the Hungarian method in the
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
