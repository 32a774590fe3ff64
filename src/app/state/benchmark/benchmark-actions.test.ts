import { afterEach, describe, expect, it } from 'vitest';
import type { CellResult } from '../../../engine/metrics/cell';
import type { BenchmarkEvent, Jobs } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { newVariant } from '../../testing/work-fixtures';
import { addVariant } from '../recipe/variant-actions';
import { appStore } from '../window/app-store';
import { measureCells, measureSelected } from './benchmark-actions';
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

  it('ends a cell with its result, while others still run and late results arrive', async () => {
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

  it('forgets the comparison of an earlier run of a cell, and reads out both new times', async () => {
    const compared = { variant: 'a', ep: 'wasm', ratio: 2, interval: [1.9, 2.1], noiseFloor: 0, pairs: 40 } as const;
    const original = { medianMs: 2, intervalMs: [1.99, 2.01] } as const;
    const own = { ...result, variant: 'a', steady: { ...result.steady, intervalMs: [0.99, 1.01] as const, runs: 40 } };
    workspaceStore.setState({ comparisons: { 'a|wasm': { ...compared, verdict: 'faster' } } });
    let between: unknown;
    let announced = '';
    provideBenchmark(({ onProgress: onEvent = () => undefined }) => {
      onEvent({ kind: 'cell', result: own });
      between = workspaceStore.getState().comparisons;
      onEvent({ kind: 'comparison', comparison: { ...compared, verdict: 'faster', original } });
      announced = appStore.getState().announcement;
      return Promise.resolve();
    });
    await measureCells([{ variant: 'a', ep: 'wasm' }, cell]);
    expect(between).toEqual({});
    expect(announced).toBe('a on WASM: 1.00\u00a0ms, the original 2.00\u00a0ms: 2.00× faster.');
  });

  it('measures the selected variant with one quick cell, in turns with the original', async () => {
    addVariant(newVariant('variant-1'));
    keepFiles('variant-1', { name: 'variant.onnx', model: new Blob(), externalData: [] });
    const asked: unknown[] = [];
    provideBenchmark((_follower, { cells, budget, original }) => {
      asked.push([cells, budget, original.name]);
      return Promise.resolve();
    });
    const { screen } = appStore.getState();
    await measureSelected();
    expect(asked).toEqual([[[{ variant: 'variant-1', ep: 'wasm' }], 'quick', 'model.onnx']]);
    expect(appStore.getState().screen).toBe(screen);
  });

  it('takes back the ticks of cells that it came to, and only those', async () => {
    workspaceStore.setState({ checkedByHand: { 'original|wasm': true, 'original|webgpu': true } });
    provideBenchmark(({ onProgress: onEvent = () => undefined }) => {
      onEvent({ kind: 'cell', result });
      return Promise.reject(new DOMException('Canceled.', 'AbortError'));
    });
    await measureCells([cell, next]);
    expect(workspaceStore.getState().checkedByHand).toEqual({ 'original|webgpu': true });
  });
});
