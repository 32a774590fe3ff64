/** Measuring cells: variant × execution provider, one after the other, each cancellable alone. */
import {
  mostComparedInputs,
  type CellResult,
  type Comparison,
  type ExecutionProvider,
  type MeasuringBudget,
} from '../../../engine/metrics/cell';
import { formatCounted, formatProvider } from '../../../engine/format';
import type { Progress } from '../../../engine/progress';
import { describeVerdict } from '../../../engine/verdict/speed-verdict';
import { timesOn } from '../../../engine/report/paired-times';
import type { BenchmarkCellRequest, BenchmarkEvent, BenchmarkRequest, RunningCall } from '../../jobs/jobs';
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import { announce } from '../window/app-store';
import { inputsOfData } from '../data/inputs-of-data';
import { chooseCells, withoutDone } from './cell-choice';
import { currentJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { jobStore, shareOf, type CellRunState } from '../jobs/job-store';
import { recordCell, recordComparison, recordFailure } from '../workspace/measurement-actions';
import { remakeVariant } from '../recipe/optimize-actions';
import { variantName } from '../workspace/selectors';
import {
  cellKey,
  originalId,
  workspaceStore,
  type CellKey,
  type MeasurementContext,
  type Variant,
} from '../workspace/workspace-store';

/** Ends a cell of the benchmark that is running. */
let endCellNow: ((cell: BenchmarkCellRequest) => void) | null = null;

/** Announces each cell as it ends, for people who do not see the matrix fill. */
function announceCell({ variant, ep }: CellResult): void {
  announce(`${variantName(workspaceStore.getState(), variant)} on ${formatProvider(ep)} is measured.`);
}

/** Announces the times of both models in the same turns, because the verdict rests on them. */
function announceComparison(comparison: Comparison): void {
  const { variant, ep } = comparison;
  const state = workspaceStore.getState();
  const work = { cells: Object.values(state.cells), comparisons: [comparison] };
  const { own, original } = timesOn(work, ep).variants.get(variant) ?? {};
  const times = own && original ? `${own.text}, the original ${original.text}: ` : '';
  announce(`${variantName(state, variant)} on ${formatProvider(ep)}: ${times}${describeVerdict(comparison)}.`);
}

function setCellRun(key: CellKey, state: CellRunState | null, progress: Progress | null = null): void {
  jobStore.setState(({ cellRuns }) => {
    const { [key]: _old, ...others } = cellRuns;
    if (state === null) return { cellRuns: others };
    return { cellRuns: { ...others, [key]: { state, progress } } };
  });
}

/** Leaves one cell out of the benchmark in progress, or ends it if it runs. */
export function cancelCell(variant: string, ep: ExecutionProvider): void {
  const key = cellKey(variant, ep);
  endCellNow?.({ variant, ep });
  setCellRun(key, 'canceled');
}

function measurementContext(budget: MeasuringBudget): MeasurementContext {
  const { freeDimensions, seed, device } = workspaceStore.getState();
  return { measuredAt: new Date().toISOString(), freeDimensions, budget, seed, device };
}

function follow(
  cells: readonly BenchmarkCellRequest[],
  context: MeasurementContext,
  report: (progress: Progress) => void,
): (event: BenchmarkEvent) => void {
  const over = new Set<CellKey>();
  let within = 0;
  return (event) => {
    switch (event.kind) {
      case 'progress': {
        const key = cellKey(event.variant, event.ep);
        if (over.has(key) || jobStore.getState().cellRuns[key]?.state === 'canceled') return;
        setCellRun(key, 'running', event.progress);
        within = Math.max(within, shareOf(event.progress));
        reportOverall(within, event.progress.stage);
        return;
      }
      case 'cell':
        recordCell(event.result, context);
        announceCell(event.result);
        endCell(cellKey(event.result.variant, event.result.ep));
        return;
      case 'comparison':
        recordComparison(event.comparison);
        announceComparison(event.comparison);
        return;
      case 'failure':
        recordFailure(event.failure);
        endCell(cellKey(event.failure.variant, event.failure.ep));
    }
  };

  function endCell(key: CellKey): void {
    over.add(key);
    within = 0;
    setCellRun(key, null);
    reportOverall(0, 'measuring');
  }

  /** Cells that are over, plus the share of the one at work. */
  function reportOverall(share: number, stage: string): void {
    const total = cells.length;
    report({ stage, done: Math.min(total, over.size + share), total });
  }
}

async function variantsOf(cells: readonly BenchmarkCellRequest[]): Promise<{ variant: Variant; ready: boolean }[]> {
  const wanted = new Set(cells.map((cell) => cell.variant));
  const { variants } = workspaceStore.getState();
  const result = [];
  for (const variant of variants) {
    if (wanted.has(variant.id)) result.push({ variant, ready: await remakeVariant(variant) });
  }
  return result;
}

/**
 * Measures the selected model on WASM within about ten seconds. A variant takes turns with the original, so that one cell tells the time
 * of both.
 */
export async function measureSelected(): Promise<void> {
  const { selected } = workspaceStore.getState();
  await measureCells([{ variant: selected, ep: 'wasm' }], 'quick');
}

/**
 * Measures cells; results appear in the workspace as they come, and stay when the rest is canceled. True when it came to its
 * end.
 */
export async function measureCells(
  cells: readonly BenchmarkCellRequest[],
  budget: MeasuringBudget = workspaceStore.getState().budget,
  mostCellMs?: number,
): Promise<boolean> {
  const original = filesOf(originalFilesKey);
  if (original === undefined || cells.length === 0) return false;
  const ready = await variantsOf(cells);
  const measurable = new Set([originalId, ...ready.filter((entry) => entry.ready).map(({ variant }) => variant.id)]);
  const wanted = cells.filter((cell) => measurable.has(cell.variant));
  const before = workspaceStore.getState();
  const { freeDimensions, seed, threads } = before;
  const request: Omit<BenchmarkRequest, 'feeds'> = {
    original,
    variants: ready.flatMap(({ variant }) => {
      const files = filesOf(variant.filesKey);
      return files === undefined ? [] : [{ id: variant.id, files }];
    }),
    cells: wanted,
    freeDimensions,
    seed,
    budget,
    ...(mostCellMs !== undefined && { mostCellMs }),
    threads: threads ?? undefined,
  };
  const subject = formatCounted(wanted.length, 'cell');
  const keys = wanted.map((cell) => cellKey(cell.variant, cell.ep));
  const work = async (job: JobHandle): Promise<void> => {
    for (const key of keys) setCellRun(key, 'waiting');
    const record = follow(wanted, measurementContext(budget), job.onProgress);
    const onProgress = (event: BenchmarkEvent): void => {
      // Other work may have taken the place of this one.
      if (!job.signal.aborted) record(event);
    };
    const onStart = ({ tell }: RunningCall<BenchmarkCellRequest>): void => void (endCellNow = tell);
    const feeds = await inputsOfData(job.signal, before, mostComparedInputs);
    await currentJobs().benchmarks.benchmark({ signal: job.signal, onProgress, onStart }, { ...request, feeds });
    announce(`Measured ${subject}.`);
  };
  // The key contains the cells, because a job for as many cells of another variant is a different one.
  const isThrough = await runJob('benchmark', subject, work, ['benchmark', ...keys].join(' '));
  const after = workspaceStore.getState();
  chooseCells(withoutDone(after.checkedByHand, before, after));
  return isThrough;
}
