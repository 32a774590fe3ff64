/**
 * The cells of the matrix that a person chose by hand. They are kept with the work, outside of undo: a tick is taken
 * back by itself.
 */
import { workspaceStore, type CellKey, type CheckedByHand, type WorkspaceState } from '../workspace/workspace-store';

export function chooseCells(checkedByHand: CheckedByHand): void {
  workspaceStore.setState({ checkedByHand });
}

type Results = Pick<WorkspaceState, 'cells' | 'failures'>;

/**
 * The choice after a benchmark: cells that got a result or a failure in it are no longer asked for by hand.
 * Every other choice stays, so that a canceled benchmark can be taken up again.
 */
export function withoutDone(checked: CheckedByHand, before: Results, after: Results): CheckedByHand {
  const isDone = (key: CellKey): boolean =>
    before.cells[key] !== after.cells[key] || before.failures[key] !== after.failures[key];
  const rest = Object.entries(checked).filter(([key, wanted]) => !wanted || !isDone(key as CellKey));
  return Object.fromEntries(rest);
}
