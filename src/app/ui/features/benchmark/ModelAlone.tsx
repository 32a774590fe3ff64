/** The selected model alone: what more of a batch or of threads gains, what it takes in memory, and a trace of its runs. */
import { lazy, Suspense } from 'react';
import { useStore } from 'zustand';
import { formatBytes, formatDuration } from '../../../../engine/format';
import type { MemoryFigures, ModelFiles } from '../../../jobs/jobs';
import { filesOf } from '../../../platform/file-registry';
import { aloneStore, measuredAlone } from '../../../state/benchmark/alone-measurements';
import { selectedFilesKey } from '../../../state/recipe/selected-model';
import { hasJob } from '../../../state/jobs/job-store';
import { useInspectedModel } from '../../../state/models/use-inspected-model';
import { variantName } from '../../../state/workspace/selectors';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import { CommandButton } from '../../components/CommandButton';
import { FactList, type Fact } from '../../components/FactList';
import { colourOfRow } from '../../theme/variant-colour';
import classes from './ModelAlone.module.css';

const SweepChart = lazy(() => import('./SweepChart'));

export function ModelAlone() {
  const state = useWorkspace((workspace) => workspace);
  useStore(aloneStore);
  const isSweeping = useJob((jobs) => hasJob(jobs, 'sweep'));
  const isMeasuringMemory = useJob((jobs) => hasJob(jobs, 'measure-memory'));
  const isTracing = useJob((jobs) => hasJob(jobs, 'trace'));
  const key = selectedFilesKey(state);
  const { batch, threadCounts, memory } = measuredAlone(filesOf(key), state);
  const name = variantName(state, state.selected);
  const colour = colourOfRow(state, state.selected);
  return (
    <section className={classes.section} aria-labelledby="model-alone">
      <h2 id="model-alone" className={classes.title}>
        {name} alone
      </h2>
      <p className={classes.lead}>
        On WASM, without turns: what larger batches and more threads gain, what it takes in memory, and what runs when.
      </p>
      <div className={classes.actions}>
        <CommandButton command="sweep-batches" disabled={isSweeping}>
          Batch sizes
        </CommandButton>
        <CommandButton command="sweep-threads" disabled={isSweeping}>
          Threads
        </CommandButton>
        <CommandButton command="measure-memory" disabled={isMeasuringMemory}>
          Memory and cold start
        </CommandButton>
        <CommandButton command="save-trace" disabled={isTracing}>
          Save trace
        </CommandButton>
      </div>
      <div className={classes.results}>
        <Suspense fallback={null}>
          {batch === undefined ? null : <SweepChart axis="batch" swept={batch} name={name} colour={colour} />}
          {threadCounts === undefined ? null : (
            <SweepChart axis="threads" swept={threadCounts} name={name} colour={colour} />
          )}
        </Suspense>
        {memory === undefined ? null : <Footprint memory={memory} filesKey={key} />}
      </div>
    </section>
  );
}

/** Model file and data files together. */
function sizeOf(files: ModelFiles | undefined): number {
  if (files === undefined) return 0;
  return files.externalData.reduce((sum, { data }) => sum + data.size, files.model.size);
}

function describeHeap(growthBytes: number | null): string {
  if (growthBytes === null) return 'cannot be seen here';
  return growthBytes === 0 ? 'did not grow beyond its first 16.8 MB' : `grew by ${formatBytes(growthBytes)}`;
}

interface FootprintProps {
  readonly memory: MemoryFigures;
  readonly filesKey: string;
}

function Footprint({ memory, filesKey }: FootprintProps) {
  const selected = useWorkspace((state) => state.selected);
  const inspection = useInspectedModel(selected)?.inspected?.inspection ?? null;
  const gzipBytes = useWorkspace((state) => state.gzipBytes[filesKey] ?? null);
  const sizeBytes = sizeOf(filesOf(filesKey));
  const { heapGrowthBytes, createMs, firstRunMs } = memory;
  const facts: Fact[] = [
    ['File', gzipBytes === null ? formatBytes(sizeBytes) : `${formatBytes(sizeBytes)}, ${formatBytes(gzipBytes)} gzip`],
    ['Session made in', formatDuration(createMs)],
    ['First run', formatDuration(firstRunMs)],
    ['Runtime’s heap', describeHeap(heapGrowthBytes)],
    ...(inspection === null
      ? []
      : [
          [
            'Weights',
            inspection.precision.map((share) => `${share.dtype} ${formatBytes(share.bytes)}`).join(', '),
          ] as const,
          [
            'Peak activations',
            inspection.peakActivationBytes === null
              ? 'not known'
              : `${formatBytes(inspection.peakActivationBytes)}, estimated`,
          ] as const,
        ]),
  ];
  return (
    <section className={classes.result} aria-label="Memory and cold start">
      <h3>Memory and cold start</h3>
      <FactList facts={facts} />
    </section>
  );
}
