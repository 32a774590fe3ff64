/** Shows everything about the opened cell, with its evidence. */
import { Text } from '@mantine/core';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import type { CellKey } from '../../../state/workspace/workspace-store';
import { CellDetails } from '../../components/charts/CellDetails';
import { Term } from '../../components/Term';
import { findMatrixCell, type Matrix } from './matrix-model';
import classes from './benchmark.module.css';

export const cellDetailsId = 'cell-details';

interface SelectedCellProps {
  readonly cellKey: CellKey | null;
  readonly matrix: Matrix;
}

export function SelectedCell({ cellKey, matrix }: SelectedCellProps) {
  const report = useWorkspace(reportOfWorkspace);
  const cell = cellKey === null ? undefined : findMatrixCell(matrix, cellKey);
  const row = matrix.rows.find(({ id }) => id === cell?.variant);
  if (report === null || cell === undefined || row === undefined) {
    return (
      <aside id={cellDetailsId} className={classes.panel} aria-label="Details of a cell">
        <Text c="dimmed">
          Measure a <Term name="Cell">cell</Term> to see its times here.
        </Text>
      </aside>
    );
  }
  return (
    <aside id={cellDetailsId} className={classes.panel} aria-label={`Details of ${row.name}`}>
      <CellDetails report={report} variantId={cell.variant} ep={cell.ep} color={row.color} stale={cell.stale} />
    </aside>
  );
}
