/** The benchmark matrix as data: which cells there are, in which state, and which will be measured. Pure. */
import type { ExecutionProvider, ProviderAvailability } from '../../../../engine/metrics/cell';
import { formatCounted, formatProvider } from '../../../../engine/format';
import type { BenchmarkCellRequest } from '../../../jobs/jobs';
import { shareOf, type JobState } from '../../../state/jobs/job-store';
import { isCellStale, selectAvailableProviders, selectRowIds, variantName } from '../../../state/workspace/selectors';
import {
  cellKey,
  type CellKey,
  type CheckedByHand,
  type WorkspaceState,
} from '../../../state/workspace/workspace-store';
import { colorOfRow } from '../../theme/variant-color';

export type MatrixCellState = 'empty' | 'measured' | 'failed' | 'waiting' | 'running' | 'canceled';

export interface MatrixCell {
  readonly key: CellKey;
  readonly variant: string;
  readonly ep: ExecutionProvider;
  readonly state: MatrixCellState;
  /** Measured, but with other settings than those of now. */
  readonly stale: boolean;
  readonly checked: boolean;
  /** 0 to 1 while it runs. */
  readonly share: number;
  readonly stage: string;
}

export interface MatrixRow {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  readonly cells: readonly MatrixCell[];
}

export interface Matrix {
  readonly providers: readonly { readonly ep: ExecutionProvider; readonly name: string; readonly reason: string }[];
  /** Providers that this device lacks, each with the reason and what would bring it. */
  readonly unavailable: readonly ProviderAvailability[];
  readonly rows: readonly MatrixRow[];
  /** The cells that the button measures. */
  readonly checked: readonly BenchmarkCellRequest[];
}

export function buildMatrix(state: WorkspaceState, cellRuns: JobState['cellRuns']): Matrix {
  const available = selectAvailableProviders(state);
  const providers = state.device?.providers ?? [];
  const rows = selectRowIds(state).map((id) => ({
    id,
    name: variantName(state, id),
    color: colorOfRow(state, id),
    cells: available.map((ep) => buildCell(state, cellRuns, id, ep)),
  }));
  return {
    providers: available.map((ep) => ({
      ep,
      name: formatProvider(ep),
      reason: providers.find((provider) => provider.ep === ep)?.reason ?? '',
    })),
    unavailable: providers.filter((provider) => !provider.available),
    rows,
    checked: rows.flatMap(({ cells }) =>
      cells.filter((cell) => cell.checked).map(({ variant, ep }) => ({ variant, ep })),
    ),
  };
}

function buildCell(
  state: WorkspaceState,
  cellRuns: JobState['cellRuns'],
  variant: string,
  ep: ExecutionProvider,
): MatrixCell {
  const key = cellKey(variant, ep);
  const run = cellRuns[key];
  const measured = key in state.cells;
  const stale = measured && isCellStale(state, key);
  const settled = measured ? 'measured' : key in state.failures ? 'failed' : 'empty';
  const progress = run?.progress ?? null;
  return {
    key,
    variant,
    ep,
    state: run?.state ?? settled,
    stale,
    // A failed cell is left alone: measuring it again by default would fail again.
    checked: state.checkedByHand[key] ?? (settled === 'empty' || stale),
    share: shareOf(progress),
    stage: progress?.stage ?? '',
  };
}

/** The choice after the box of a whole row or column was used: all of them, or none when all were chosen. */
export function toggleAll(cells: readonly MatrixCell[], before: CheckedByHand): CheckedByHand {
  const next = !cells.every((cell) => cell.checked);
  return { ...before, ...Object.fromEntries(cells.map((cell) => [cell.key, next])) };
}

export function cellsOfProvider({ rows }: Matrix, ep: ExecutionProvider): readonly MatrixCell[] {
  return rows.flatMap(({ cells }) => cells.filter((cell) => cell.ep === ep));
}

export function findMatrixCell({ rows }: Matrix, key: CellKey): MatrixCell | undefined {
  return rows.flatMap(({ cells }) => cells).find((cell) => cell.key === key);
}

export function benchmarkCaption(count: number): string {
  if (count === 0) return 'Select cells to benchmark';
  return `Benchmark ${formatCounted(count, 'cell')}`;
}

/** Seconds per cell of each budget, from the measuring method: all that a cell takes is in the longest. */
export const budgets = [
  { value: 'quick', label: 'Quick', explanation: '1–10 s per cell, wide intervals' },
  { value: 'standard', label: 'Standard', explanation: '3–45 s per cell, good for decisions' },
  { value: 'careful', label: 'Careful', explanation: '10–120 s per cell, narrow intervals' },
] as const;
