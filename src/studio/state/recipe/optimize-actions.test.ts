import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ModelFiles, OptimizedModel } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { newVariant, originalOf } from '../../testing/work-fixtures';
import { provideJobs, runJob, type Jobs } from '../jobs/job-runner';
import { runRecipe } from './optimize-actions';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';

interface Compression {
  readonly files: ModelFiles;
  readonly signal: AbortSignal;
  readonly finish: (gzipBytes: number) => void;
}

const filesOfModel = (name: string): ModelFiles => ({ model: new Blob([name]), name, externalData: [] });
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

let compressions: Compression[] = [];

function openModel(name: string): ModelFiles {
  const files = filesOfModel(name);
  forgetAllFiles();
  keepFiles(originalFilesKey, files);
  beginWork(originalOf(name));
  return files;
}

describe('sizes after gzip', () => {
  beforeEach(() => {
    compressions = [];
    const { optimization, inspection } = newVariant('');
    const made: OptimizedModel = { optimization, inspection, files: filesOfModel('variant') };
    const compress = (signal: AbortSignal, files: ModelFiles): Promise<{ gzipBytes: number }> =>
      new Promise((resolve) => {
        compressions.push({ files, signal, finish: (gzipBytes) => resolve({ gzipBytes }) });
      });
    provideJobs({ models: { optimize: () => Promise.resolve(made), compress } } as unknown as Jobs);
  });

  afterEach(async () => {
    // Nothing may be left over for the next test.
    while (compressions.length > 0) {
      compressions.pop()?.finish(1);
      await settle();
    }
    forgetAllFiles();
    endWork();
  });

  it('come after the run, one after the other, and give way to a job', async () => {
    const original = openModel('a.onnx');
    await runRecipe();
    await settle();
    expect(compressions.map(({ files }) => files)).toEqual([original]);

    let finishJob = (): void => undefined;
    const job = runJob('benchmark', 'x', () => new Promise((resolve) => (finishJob = resolve)));
    expect(compressions[0]?.signal.aborted).toBe(true);
    finishJob();
    await job;
    expect(compressions).toHaveLength(2);
    compressions[1]?.finish(70);
    await settle();
    compressions[2]?.finish(30);
    await settle();
    expect(workspaceStore.getState().gzipBytes).toEqual({ original: 70, 'variant-1': 30 });
  });

  it('of one model are not taken for those of the next', async () => {
    openModel('a.onnx');
    await runRecipe();
    await settle();
    openModel('b.onnx');
    compressions[0]?.finish(70);
    await settle();
    expect(workspaceStore.getState().gzipBytes).toEqual({});
  });
});
