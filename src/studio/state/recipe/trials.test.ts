import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Jobs } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { saveableWork } from '../../platform/storage/saved-work';
import { newVariant, originalOf } from '../../testing/work-fixtures';
import { provideJobs } from '../jobs/job-runner';
import { beginWork, endWork, workspaceStore, type Trial } from '../workspace/workspace-store';
import { undo } from '../workspace/history';
import { forgetTrials, promoteTrial, recordTrials } from './trials';

const state = () => workspaceStore.getState();
const files = (name: string) => ({ model: new Blob([name]), name, externalData: [] });

function trialOf(index: number): Trial {
  const steps = [{ pass: 'prune-weights', enabled: true, options: { amount: index / 200 } }];
  return { id: `trial-${index}`, recipe: { version: 1, seed: 0, steps }, figures: { sizeBytes: 1000 - index } };
}

describe('trials', () => {
  beforeEach(() => {
    const { optimization, inspection } = newVariant('');
    const optimize = () => Promise.resolve({ optimization, inspection, files: files('variant') });
    provideJobs({ models: { optimize, compress: () => Promise.resolve(1) } } as unknown as Jobs);
    beginWork(originalOf());
    keepFiles(originalFilesKey, files('original'));
  });
  afterEach(() => {
    forgetAllFiles();
    endWork();
  });

  it('come by the hundred without an undo entry, and one of them becomes a variant with its own', async () => {
    for (let index = 0; index < 200; index += 1) recordTrials([trialOf(index)]);
    expect([state().trials.length, state().past.length, state().variants.length]).toEqual([200, 0, 0]);

    await promoteTrial('trial-150');
    expect(state().variants).toMatchObject([{ recipe: trialOf(150).recipe }]);
    expect(state().recipe).toEqual(trialOf(150).recipe);
    expect(state().past.map(({ label }) => label)).toEqual(['Choose a trial', 'Run recipe']);
    undo();
    undo();
    expect([state().variants.length, state().trials.length]).toEqual([0, 200]);
  });

  it('gain figures, and are kept with the work as plain data', () => {
    recordTrials([trialOf(1), trialOf(2)]);
    recordTrials([{ ...trialOf(1), figures: { sizeBytes: 999, divergence: 0.02 } }]);
    recordTrials([{ ...trialOf(2), left: 'Others are smaller and as accurate.' }]);
    expect(state().trials.map(({ id, figures, left }) => [id, figures.divergence, left])).toEqual([
      ['trial-1', 0.02, undefined],
      ['trial-2', undefined, 'Others are smaller and as accurate.'],
    ]);
    expect(saveableWork(state(), '')?.trials).toEqual(state().trials);
    forgetTrials();
    expect(state().trials).toEqual([]);
  });
});
