/** Variant × execution provider: choose cells, measure them, and look into each result. */
import { Button, Stack, Text } from '@mantine/core';
import { useEffect, useMemo, useState } from 'react';
import { measureCells } from '../../../state/benchmark/benchmark-actions';
import { probeDevice } from '../../../state/benchmark/probe-device';
import { hasJob } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { CellKey } from '../../../state/workspace/workspace-store';
import { JobList } from '../../components/JobProgress';
import { LastOutcome } from '../../components/OutcomeBanner';
import { StorageBanner } from '../../components/StorageBanner';
import { BenchmarkMatrix } from './BenchmarkMatrix';
import { BenchmarkSettings } from './BenchmarkSettings';
import screen from '../../components/Screen.module.css';
import classes from './benchmark.module.css';
import { benchmarkCaption, buildMatrix, findMatrixCell, type Matrix } from './matrix-model';
import { ModelAlone } from './ModelAlone';
import { cellDetailsId, SelectedCell } from './SelectedCell';
import { WritingPanel } from './WritingPanel';
import { formatList, formatProvider } from '../../../../engine/format';
import type { ProviderAvailability } from '../../../../engine/metrics/cell';
import { FactList } from '../../components/FactList';

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
