import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CalibrationFiles, DroppedDataFile, Jobs, ModelFiles, OptimizedModel } from '../../jobs/jobs';
import { forgetAllFiles, forgetFiles, keepDataFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { filesKeysOf, saveableWork } from '../storage/saved-work';
import { dataOf, newVariant, originalOf, recipeOf, sourceOf } from '../../testing/work-fixtures';
import { changeSplit } from '../data/data-actions';
import { isRecipeStale } from './made-by';
import { jobStore } from '../jobs/job-store';
import { provideJobs, runJob } from '../jobs/job-runner';
import { remakeVariant, resumeRun, runRecipe } from './optimize-actions';
import * as recipeCheck from './recipe-check';
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
    const compress: Jobs['models']['compress'] = ({ signal }, files) =>
      new Promise((resolve) => {
        compressions.push({ files, signal, finish: resolve });
      });
    provideJobs({ models: { optimize: () => Promise.resolve(made), compress } } as unknown as Jobs);
  });

  afterEach(async () => {
    // The loop ends all jobs, so that none is left over for the next test.
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

describe('recipes that calibrate', () => {
  const digits: readonly DroppedDataFile[] = [{ path: 'digits.npz', file: new File(['digits'], 'digits.npz') }];
  const state = () => workspaceStore.getState();
  let runs: (CalibrationFiles | undefined)[] = [];

  beforeEach(() => {
    runs = [];
    vi.spyOn(recipeCheck, 'calibrates').mockReturnValue(true);
    const { optimization, inspection } = newVariant('');
    const optimize: Jobs['models']['optimize'] = (_following, _files, _recipe, options) => {
      runs.push(options?.calibration);
      return Promise.resolve({ optimization, inspection, files: filesOfModel('variant') });
    };
    const compress = () => Promise.resolve(1);
    provideJobs({ models: { optimize, compress } } as unknown as Jobs);
    openModel('a.onnx');
  });

  afterEach(() => {
    vi.restoreAllMocks();
    forgetAllFiles();
    endWork();
    jobStore.setState({ outcome: null });
  });

  const giveData = (): void => {
    const data = dataOf();
    keepDataFiles(data.evaluation.key, digits);
    workspaceStore.setState({ data });
  };

  it('run without data, and again once there is some', async () => {
    await runRecipe();
    expect(runs).toEqual([undefined]);
    expect(state().variants[0]?.calibration).toBeNull();
    giveData();
    await runRecipe();
    expect(runs[1]).toMatchObject({ key: dataOf().evaluation.key, files: digits, split: { calibration: 50 } });
    expect(state().variants).toHaveLength(2);
  });

  it('set half of few samples aside, so that none of them evaluates too', async () => {
    giveData();
    await runRecipe();
    expect(state().data?.split).toMatchObject({ calibration: 50 });
  });

  it('make another variant of other samples, and show the old one for the old', async () => {
    giveData();
    changeSplit({ calibration: 10 });
    await runRecipe();
    expect(isRecipeStale(state())).toBe(false);
    changeSplit({ calibration: 20 });
    expect(isRecipeStale(state())).toBe(true);
    await runRecipe();
    expect(runs).toHaveLength(2);
    changeSplit({ calibration: 10 });
    await runRecipe();
    expect([runs.length, state().selected]).toEqual([2, 'variant-1']);
  });

  it('are made again with the samples they were made with, or not at all', async () => {
    giveData();
    await runRecipe();
    const [variant] = state().variants;
    forgetFiles(variant!.filesKey);
    workspaceStore.setState({ data: { ...dataOf(), evaluation: sourceOf('other') } });
    expect(await remakeVariant(variant!)).toBe(true);
    expect(runs[1]).toEqual(runs[0]);

    forgetAllFiles();
    keepFiles(originalFilesKey, filesOfModel('a.onnx'));
    expect(await remakeVariant(variant!)).toBe(false);
    expect(jobStore.getState().outcome?.message).toContain('calibrates with digits, which is no longer open');
  });
});

describe('a recipe that a reload stops', () => {
  const recipe = recipeOf('prune-weights', 'quantize-dynamic');
  const { optimization, inspection } = newVariant('');
  const half = { passes: optimization.passes.slice(0, 1), files: filesOfModel('half') };
  const state = () => workspaceStore.getState();

  beforeEach(() => openModel('a.onnx'));
  afterEach(() => {
    forgetAllFiles();
    endWork();
    jobStore.setState({ jobs: [], outcome: null });
  });

  it('is kept with its finished passes, and continues from there', async () => {
    let fail = (_error: Error): void => undefined;
    const optimize: Jobs['models']['optimize'] = ({ onProgress }) => {
      onProgress?.(half);
      return new Promise((_resolve, reject) => (fail = reject));
    };
    provideJobs({ models: { optimize } } as unknown as Jobs);
    const running = runRecipe(recipe);
    await settle();
    const saved = saveableWork(state(), '');
    expect(saved?.unfinished).toMatchObject({ recipe, passes: half.passes, filesKey: 'unfinished-1' });
    expect(filesKeysOf(saved!)).toEqual(['unfinished-1']);
    fail(new DOMException('Canceled.', 'AbortError'));
    await running;
    expect(state().unfinished).toBeNull();

    // The state is that after a reload.
    keepFiles('unfinished-1', half.files);
    workspaceStore.setState({ unfinished: saved!.unfinished });
    const given: unknown[] = [];
    const resume: Jobs['models']['optimize'] = (_job, _files, _recipe, options) => {
      given.push(options?.from);
      return Promise.resolve({ optimization, inspection, files: filesOfModel('whole') });
    };
    provideJobs({ models: { optimize: resume, compress: () => Promise.resolve(1) } } as unknown as Jobs);
    await resumeRun();
    expect(given).toEqual([half]);
    expect(state()).toMatchObject({ unfinished: null, variants: [{ recipe }] });
  });
});
