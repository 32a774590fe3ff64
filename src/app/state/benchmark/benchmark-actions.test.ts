import { afterEach, describe, expect, it } from 'vitest';
import type { CellResult } from '../../../engine/metrics/cell';
import type { BenchmarkEvent, Jobs } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { measureCells } from './benchmark-actions';
import { provideJobs } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { emptyWork, originalId, workspaceStore } from '../workspace/workspace-store';

const cell = { variant: originalId, ep: 'wasm' } as const;
const next = { variant: originalId, ep: 'webgpu' } as const;
const result = { ...cell, steady: { medianMs: 1, intervalMs: [1, 1] } } as unknown as CellResult;
const progress = (done: number): BenchmarkEvent => ({
  kind: 'progress',
  ...cell,
  progress: { stage: 'Measuring', done, total: 100 },
});

function provideBenchmark(benchmark: Jobs['benchmarks']['benchmark']): void {
  provideJobs({ benchmarks: { benchmark } } as Jobs);
  keepFiles(originalFilesKey, { name: 'model.onnx', model: new Blob(), externalData: [] });
}

describe('measureCells', () => {
  afterEach(() => {
    forgetAllFiles();
    workspaceStore.setState(emptyWork);
  });

  it('ends a cell with its result, while others still run and whatever arrives late', async () => {
    let during: unknown;
    provideBenchmark(({ onProgress: onEvent = () => undefined }) => {
      onEvent(progress(40));
      expect(jobStore.getState().cellRuns['original|wasm']?.state).toBe('running');
      onEvent({ kind: 'cell', result });
      onEvent(progress(100));
      during = jobStore.getState().cellRuns;
      return Promise.resolve();
    });
    await measureCells([cell, next]);
    expect(during).toEqual({ 'original|webgpu': { state: 'waiting', progress: null } });
    expect(workspaceStore.getState().cells['original|wasm']).toBe(result);
  });

  it('takes back the ticks of cells that it came to, and only those', async () => {
    workspaceStore.setState({ checkedByHand: { 'original|wasm': true, 'original|webgpu': true } });
    provideBenchmark(({ onProgress: onEvent = () => undefined }) => {
      onEvent({ kind: 'cell', result });
      return Promise.reject(new DOMException('Cancelled.', 'AbortError'));
    });
    await measureCells([cell, next]);
    expect(workspaceStore.getState().checkedByHand).toEqual({ 'original|webgpu': true });
  });
});
