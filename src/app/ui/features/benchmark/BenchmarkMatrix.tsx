/** The matrix as a table: a row per variant, a column per provider. On a phone each row becomes a card. */
import { Checkbox, Group } from '@mantine/core';
import { chooseCells } from '../../../state/benchmark/cell-choice';
import { useWorkspace } from '../../../state/workspace/use-stores';
import { originalId, type CellKey } from '../../../state/workspace/workspace-store';
import { ProviderTerm } from '../../components/ProviderTerm';
import { VariantDot } from '../../components/VariantDot';
import classes from './benchmark.module.css';
import { cellsOfProvider, toggleAll, type Matrix, type MatrixCell } from './matrix-model';
import { MatrixCellView } from './MatrixCellView';

interface BenchmarkMatrixProps {
  readonly matrix: Matrix;
  readonly shown: CellKey | null;
  readonly onShow: (key: CellKey) => void;
}

export function BenchmarkMatrix({ matrix, shown, onShow }: BenchmarkMatrixProps) {
  const checkedByHand = useWorkspace((state) => state.checkedByHand);
  const check = (cell: MatrixCell): void => chooseCells({ ...checkedByHand, [cell.key]: !cell.checked });
  return (
    // The roles are those of a table already; a style sheet that turns rows into cards would take them away.
    <table className={classes.table} role="table" aria-label="Variants and execution providers">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col" className={classes.corner}>
            Variant
          </th>
          {matrix.providers.map(({ ep, name }) => (
            <th key={ep} role="columnheader" scope="col" data-ep={ep}>
              <Group gap={8} wrap="nowrap">
                <AllBox
                  cells={cellsOfProvider(matrix, ep)}
                  label={`All cells of ${name}`}
                  onToggle={(cells) => chooseCells(toggleAll(cells, checkedByHand))}
                />
                <ProviderTerm ep={ep} />
              </Group>
            </th>
          ))}
        </tr>
      </thead>
      <tbody role="rowgroup">
        {matrix.rows.map((row) => (
          <tr key={row.id} role="row">
            <th role="rowheader" scope="row" className={classes.name}>
              <Group gap={8} wrap="nowrap" align="baseline">
                <VariantDot color={row.color} hollow={row.id === originalId} />
                {row.name}
              </Group>
            </th>
            {row.cells.map((cell) => (
              <td key={cell.key} role="cell" className={classes.cell} data-shown={cell.key === shown}>
                <MatrixCellView
                  cell={cell}
                  rowName={row.name}
                  shown={cell.key === shown}
                  onCheck={() => check(cell)}
                  onShow={() => onShow(cell.key)}
                />
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

interface AllBoxProps {
  readonly cells: readonly MatrixCell[];
  readonly label: string;
  readonly onToggle: (cells: readonly MatrixCell[]) => void;
}

function AllBox({ cells, label, onToggle }: AllBoxProps) {
  const count = cells.filter((cell) => cell.checked).length;
  return (
    <Checkbox
      size="xs"
      radius={4}
      iconColor="var(--on-ink)"
      aria-label={label}
      checked={count > 0 && count === cells.length}
      indeterminate={count > 0 && count < cells.length}
      onChange={() => onToggle(cells)}
    />
  );
}
