import { afterEach, describe, expect, it, vi } from 'vitest';
import { sqnrMetric, timeMetric } from '../../node-facts/measured-metrics';
import type { NodeSubject } from '../../node-facts/node-metric';
import type { Jobs, MeasuredNodes, ModelFiles } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { provideJobs } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { measureSelectedNodes } from './node-measurements';
import { emptyWork, originalId, workspaceStore, type Variant } from '../workspace/workspace-store';

const filesNamed = (name: string): ModelFiles => ({ name, model: new Blob(), externalData: [] });
const original = filesNamed('model.onnx');
const variantFiles = filesNamed('variant.onnx');
const subjectOf = (id: string, files: ModelFiles) => ({ id, files }) as NodeSubject;

const times = {
  runs: 12,
  sumMs: 4,
  nodes: [
    { path: 'graph/conv', op: 'Conv', medianMs: 3, share: 0.75 },
    { path: 'graph/relu', op: 'Relu', medianMs: null, share: null },
  ],
  unattributed: [{ op: 'Gelu', provider: 'CPUExecutionProvider', kernels: 2, medianMs: 1, share: 0.25 }],
};
const measured: MeasuredNodes = {
  threads: 2,
  original: times,
  variant: {
    times: { ...times, sumMs: 2 },
    sqnr: { samples: 4, inputs: 'data', nodes: [{ a: 'graph/conv', b: 'graph/q', op: 'Mul', value: 'v', sqnrDb: 31 }] },
  },
};

function begin(measureNodes: Jobs['benchmarks']['measureNodes']): void {
  provideJobs({ benchmarks: { measureNodes } } as Jobs);
  keepFiles(originalFilesKey, original);
  keepFiles('v1', variantFiles);
  const { recipe } = workspaceStore.getState();
  const variant = { id: 'v1', name: 'INT8', filesKey: 'v1', recipe } as Variant;
  workspaceStore.setState({ variants: [variant], selected: 'v1' });
}

describe('measureSelectedNodes', () => {
  afterEach(() => {
    forgetAllFiles();
    workspaceStore.setState({ ...emptyWork, original: null });
  });

  it('gives both models their numbers, and says while it runs how far it is', async () => {
    begin(async ({ onProgress }, request) => {
      expect(request).toMatchObject({ original, variant: variantFiles, feeds: null });
      onProgress?.({ stage: 'Timing', done: 25, total: 100 });
      // The page draws the progress of a job a moment later.
      await vi.waitFor(() =>
        expect(timeMetric.numbersOf(subjectOf('v1', variantFiles))).toEqual({ state: 'running', fraction: 0.25 }),
      );
      return measured;
    });
    expect(timeMetric.numbersOf(subjectOf('v1', variantFiles))).toMatchObject({ commandId: 'measure-nodes' });
    await measureSelectedNodes();
    const numbers = timeMetric.numbersOf(subjectOf(originalId, original));
    expect(timeMetric.numbersOf(subjectOf(originalId, original))).toBe(numbers);
    expect(numbers).toMatchObject({ state: 'known', byPath: new Map([['graph/conv', 3]]) });
    expect(numbers.state === 'known' && numbers.source).toMatch(/25\.0\s% of the time was in 2 Gelu kernels/);
    expect(timeMetric.totalOf?.(subjectOf('v1', variantFiles))).toBe(2);
    expect(sqnrMetric.numbersOf(subjectOf(originalId, original))).toMatchObject({
      byPath: new Map([['graph/conv', 31]]),
    });
    expect(sqnrMetric.numbersOf(subjectOf('v1', variantFiles))).toMatchObject({ byPath: new Map([['graph/q', 31]]) });
  });

  it('hides measurements with other sizes, and of a variant that was made again', async () => {
    begin(() => Promise.resolve(measured));
    await measureSelectedNodes();
    workspaceStore.setState({ freeDimensions: { width: 9 } });
    expect(timeMetric.numbersOf(subjectOf('v1', variantFiles)).state).toBe('not-known');
    workspaceStore.setState({ freeDimensions: {} });
    expect(sqnrMetric.numbersOf(subjectOf('v1', variantFiles)).state).toBe('known');
    expect(sqnrMetric.numbersOf(subjectOf('v1', filesNamed('again.onnx'))).state).toBe('not-known');
  });

  it('marks measurements of a variant as outdated after an edit of its recipe, but not the original', async () => {
    begin(() => Promise.resolve(measured));
    const { recipe } = workspaceStore.getState();
    await measureSelectedNodes();
    const isOld = (metric: typeof timeMetric, id: string, files: ModelFiles) => {
      const numbers = metric.numbersOf(subjectOf(id, files));
      expect(metric.numbersOf(subjectOf(id, files))).toBe(numbers);
      return numbers.state === 'known' && numbers.outOfDate !== undefined;
    };
    expect(isOld(timeMetric, 'v1', variantFiles)).toBe(false);
    workspaceStore.setState({ recipe: { ...recipe, seed: recipe.seed + 1 } });
    expect(isOld(timeMetric, 'v1', variantFiles)).toBe(true);
    expect(isOld(sqnrMetric, 'v1', variantFiles)).toBe(true);
    expect(isOld(sqnrMetric, originalId, original)).toBe(true);
    expect(isOld(timeMetric, originalId, original)).toBe(false);
    workspaceStore.setState({ recipe });
    expect(isOld(timeMetric, 'v1', variantFiles)).toBe(false);
  });

  it('keeps earlier measurements after a failure, and gives its reason', async () => {
    begin(() => Promise.resolve(measured));
    await measureSelectedNodes();
    begin(() => Promise.reject(new Error('out of luck')));
    await measureSelectedNodes();
    expect(jobStore.getState().outcome).toMatchObject({ kind: 'measure-nodes', end: 'failed', subject: 'INT8' });
    expect(timeMetric.numbersOf(subjectOf('v1', variantFiles)).state).toBe('known');
  });
});
