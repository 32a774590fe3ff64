/** Variant × execution provider: choose cells, measure them, and look into each result. */
import { Button, Checkbox, Group, Stack, Text } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { useStore } from 'zustand';
import { measureCells } from '../../../state/benchmark/benchmark-actions';
import {
  describeFirstDifference,
  findFirstDifference,
  firstDifferenceStore,
} from '../../../state/benchmark/first-difference';
import { probeDevice } from '../../../state/benchmark/probe-device';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { JobList } from '../../components/JobProgress';
import { LastOutcome } from '../../components/OutcomeBanner';
import { StorageBanner } from '../../components/StorageBanner';
import { BenchmarkSettings } from './BenchmarkSettings';
import screen from '../../components/Screen.module.css';
import classes from './benchmark.module.css';
import {
  benchmarkCaption,
  buildMatrix,
  cellsOfProvider,
  findMatrixCell,
  type Matrix,
  type MatrixCell,
  toggleAll,
} from './matrix-model';
import { ModelAlone } from './ModelAlone';
import { WritingPanel } from './WritingPanel';
import { formatList, formatProvider } from '../../../../engine/format';
import type { ProviderAvailability } from '../../../../engine/metrics/cell';
import { FactList } from '../../components/FactList';
import { reportOfWorkspace } from '../../../state/report/workspace-report';
import { CellDetails } from '../../components/charts/CellDetails';
import { Term } from '../../components/Term';
import { chooseCells } from '../../../state/benchmark/cell-choice';
import { type CellKey, originalId } from '../../../state/workspace/workspace-store';
import { ProviderTerm } from '../../components/ProviderTerm';
import { VariantDot } from '../../components/VariantDot';
import { MatrixCellView } from './MatrixCellView';

const cellDetailsId = 'cell-details';

interface SelectedCellProps {
  readonly cellKey: CellKey | null;
  readonly matrix: Matrix;
}

/** Shows everything about the opened cell, with its evidence. */
function SelectedCell({ cellKey, matrix }: SelectedCellProps) {
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
      {cell.ep === 'wasm' || cell.ep === 'compiled' ? null : <FirstDifference variant={cell.variant} ep={cell.ep} />}
    </aside>
  );
}

/** Names the first node that this provider computes differently from WASM, on demand. */
function FirstDifference({ variant, ep }: Pick<MatrixCell, 'variant' | 'ep'>) {
  const isRunning = useJob((jobs) => hasJob(jobs, 'first-difference'));
  const found = useStore(firstDifferenceStore, (state) => state.found);
  const sentence = useWorkspace((state) => describeFirstDifference(found, state, variant, ep));
  return (
    <Stack gap={8} mt={16} align="flex-start">
      <Button variant="default" disabled={isRunning} onClick={() => void findFirstDifference(variant, ep)}>
        Find the first node that differs
      </Button>
      {sentence === null ? null : <Text>{sentence}</Text>}
    </Stack>
  );
}

export function BenchmarkScreen() {
  const state = useWorkspace((workspace) => workspace);
  const cellRuns = useJob((jobs) => jobs.cellRuns);
  const [chosen, setChosen] = useState<CellKey | null>(null);
  const matrix = useMemo(() => buildMatrix(state, cellRuns), [state, cellRuns]);
  useEffect(() => void probeDevice(), []);
  if (state.original === null) return null;

  const shown = shownCell(matrix, chosen, state.selected);
  const show = (key: CellKey): void => {
    setChosen(key);
    revealDetails();
  };
  return (
    <div className={screen.screen}>
      <header className={screen.head}>
        <h1>Benchmark</h1>
        <p className={screen.lead}>Runs alternate with the original, so background load affects both.</p>
      </header>
      <StorageBanner />
      <BenchmarkSettings />
      <Progress checkedCount={matrix.checked.length} onStart={() => void measureCells(matrix.checked)} />
      {state.device === null ? (
        <p className={screen.lead}>Checking this device…</p>
      ) : (
        <div className={classes.work}>
          <Stack gap={16} miw={0}>
            <BenchmarkMatrix matrix={matrix} shown={shown} onShow={show} />
            <UnavailableProviders providers={matrix.unavailable} />
          </Stack>
          <SelectedCell cellKey={shown} matrix={matrix} />
        </div>
      )}
      <WritingPanel />
      <ModelAlone />
    </div>
  );
}

/** Scrolls to the details if they stand below the matrix, because opening a cell would otherwise seem to do nothing. */
function revealDetails(): void {
  if (globalThis.matchMedia('(min-width: 1100px)').matches) return;
  requestAnimationFrame(() => document.getElementById(cellDetailsId)?.scrollIntoView({ block: 'start' }));
}

/** The cell that the details are about: the one chosen, else the first result of the selected variant. */
function shownCell(matrix: Matrix, chosen: CellKey | null, selected: string): CellKey | null {
  if (chosen !== null && findMatrixCell(matrix, chosen) !== undefined) return chosen;
  const cells = matrix.rows.find((row) => row.id === selected)?.cells ?? [];
  const first = cells.find((cell) => cell.state === 'measured') ?? cells.find((cell) => cell.state === 'failed');
  return first?.key ?? null;
}

interface ProgressProps {
  readonly checkedCount: number;
  readonly onStart: () => void;
}

/** The button, or what it started; and how that ended when it did not end well. */
function Progress({ checkedCount, onStart }: ProgressProps) {
  const jobs = useJob((state) => state.jobs);
  return (
    <>
      <JobList jobs={jobs} />
      <LastOutcome />
      {hasJob({ jobs }, 'benchmark') ? null : (
        <div>
          <Button onClick={onStart} disabled={checkedCount === 0} data-testid="benchmark-cells">
            {benchmarkCaption(checkedCount)}
          </Button>
        </div>
      )}
    </>
  );
}

/** Providers without a column: why, and what would bring them. */
function UnavailableProviders({ providers }: { readonly providers: readonly ProviderAvailability[] }) {
  if (providers.length === 0) return null;
  return (
    <details>
      <Text component="summary" size="xs" c="dimmed">
        Not on this device: {formatList(providers.map(({ ep }) => formatProvider(ep)))}
      </Text>
      <FactList facts={providers.map(({ ep, reason }) => [formatProvider(ep), reason])} />
    </details>
  );
}

interface BenchmarkMatrixProps {
  readonly matrix: Matrix;
  readonly shown: CellKey | null;
  readonly onShow: (key: CellKey) => void;
}

/** The matrix as a table: a row per variant, a column per provider. On a phone each row becomes a card. */
function BenchmarkMatrix({ matrix, shown, onShow }: BenchmarkMatrixProps) {
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
