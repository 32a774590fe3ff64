import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { hashSource } from '../../../engine/files/hash-source';
import { MemorySource } from '../../../engine/onnx/byte-source';
import type { Jobs, OptimizedModel } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { givenFilesOf, saveableWork } from '../storage/saved-work';
import { newVariant, originalOf, recipeOf } from '../../testing/work-fixtures';
import { jobStore } from '../jobs/job-store';
import { provideJobs } from '../jobs/job-runner';
import { undo } from '../workspace/history';
import { isRecipeStale } from './made-by';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { remakeVariant, runRecipe } from './optimize-actions';
import { learns, removeTeacher, learnFrom } from './teacher-actions';

const state = () => workspaceStore.getState();
const files = (name: string) => ({ model: new Blob([name]), name, externalData: [] });
const teacher = new File(['weights'], 'big.onnx');
let taught: (readonly File[] | undefined)[] = [];

beforeEach(() => {
  taught = [];
  const { optimization, inspection } = newVariant('');
  const optimize: Jobs['models']['optimize'] = (_following, _files, _recipe, options): Promise<OptimizedModel> => {
    taught.push(options?.teacher);
    return Promise.resolve({ optimization, inspection, files: files('variant') });
  };
  const fingerprint: Jobs['models']['fingerprint'] = async (_following, { model }) =>
    hashSource(new MemorySource(new Uint8Array(await model.arrayBuffer())), { checkpoint: () => Promise.resolve() });
  provideJobs({ models: { optimize, fingerprint, compress: () => Promise.resolve(1) } } as unknown as Jobs);
  keepFiles(originalFilesKey, files('a.onnx'));
  beginWork(originalOf('a.onnx'));
  workspaceStore.setState({ recipe: recipeOf('fine-tune') });
});

afterEach(() => {
  forgetAllFiles();
  endWork();
  jobStore.setState({ jobs: [], outcome: null });
});

describe('another teacher', () => {
  it('teaches the recipe, which makes another variant than the original taught', async () => {
    await runRecipe();
    await learnFrom([teacher]);
    expect(isRecipeStale(state())).toBe(true);
    await runRecipe();
    expect(taught).toEqual([undefined, [teacher]]);
    expect(state().variants.map((variant) => variant.teacher?.name ?? null)).toEqual([null, 'big.onnx']);
    expect(isRecipeStale(state())).toBe(false);
    removeTeacher();
    await runRecipe();
    expect([taught.length, state().selected]).toEqual([2, 'variant-1']);
    undo();
    undo();
    expect(state().teacher?.name).toBe('big.onnx');
  });

  it('is kept with the work, and asked for again if its files were removed', async () => {
    await learnFrom([teacher]);
    await runRecipe();
    const saved = saveableWork(state(), '2026-11-27T00:00:00Z')!;
    expect(givenFilesOf(saved)).toEqual([state().teacher!.key]);
    forgetAllFiles();
    keepFiles(originalFilesKey, files('a.onnx'));
    expect(await remakeVariant(state().variants[0]!)).toBe(false);
    expect(jobStore.getState().outcome?.message).toContain('the teacher big.onnx, which is no longer open');
  });

  it('is for steps that train with one', () => {
    const steps = recipeOf('fine-tune', 'simplify', 'prune-channels').steps;
    expect(steps.map(learns)).toEqual([true, false, false]);
    expect(learns({ pass: 'prune-channels', options: { rounds: 3 } })).toBe(true);
    expect(learns({ pass: 'fine-tune', options: { loss: 'labels' } })).toBe(false);
    expect(learns({ pass: 'fine-tune', options: { loss: 'nothing' } })).toBe(false);
  });
});
