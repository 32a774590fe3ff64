import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Comparison } from '../../../engine/metrics/cell';
import { timedOn, usualGoal } from '../../../engine/search/search-goal';
import { familiesOf } from '../../../engine/search/technique-families';
import { evaluatedCandidate } from '../../../engine/search/testing/made-candidate';
import type { SearchEvent, SearchState } from '../../../engine/search/search-journal';
import type { BrowserSearchRequest, Jobs, ModelFiles, OptimizedModel } from '../../jobs/jobs';
import { filesOf, forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { filesKeysOf, saveableWork } from '../storage/saved-work';
import { cellOf, newVariant, originalOf } from '../../testing/work-fixtures';
import { jobStore } from '../jobs/job-store';
import { provideJobs } from '../jobs/job-runner';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import { findBest, goOnSearching } from './search-actions';
import { canGoOn } from './searched-candidate';

const filesOfModel = (name: string): ModelFiles => ({ model: new Blob([name]), name, externalData: [] });
const { optimization, inspection } = newVariant('');
const made: OptimizedModel = { optimization, inspection, files: filesOfModel('best') };
const state = () => workspaceStore.getState();

const chosenGoal = { ...usualGoal, families: familiesOf(undefined) };

const trials = Array.from({ length: 200 }, (_, index) =>
  evaluatedCandidate(`trial-${index}`, { stage: 'planned', sizeBytes: undefined }),
);

/** A search that reports 200 trials, of which the last is the smallest; `ends` ends it as the worker does. */
function search(ends: () => Promise<OptimizedModel | null>): Jobs['searches']['search'] {
  return ({ onProgress }, _files, { basis }) => {
    const tell = (event: SearchEvent): void => onProgress?.(event);
    const samples = { search: 100, confirm: 50 };
    tell({ kind: 'begun', goal: usualGoal, basis, originalBytes: 1000, samples, candidates: trials, leftOut: [] });
    trials.forEach(({ id, loss }, index) => {
      tell({ kind: 'made', id, sizeBytes: 900 - index, macs: null });
      tell({ kind: 'evaluated', id, loss: loss! });
      tell({ kind: 'confirmed', id, loss: loss! });
    });
    const comparison = { variant: 'trial-199', ep: 'wasm' } as Comparison;
    onProgress?.({ kind: 'cell', result: cellOf('original', 'wasm') });
    onProgress?.({ kind: 'cell', result: cellOf('trial-199', 'wasm') });
    onProgress?.({ kind: 'comparison', comparison });
    onProgress?.({ kind: 'cell', result: cellOf('trial-3', 'wasm') });
    return ends();
  };
}

describe('a search of 200 trials', () => {
  beforeEach(() => {
    keepFiles(originalFilesKey, filesOfModel('a.onnx'));
    beginWork(originalOf('a.onnx'));
  });

  afterEach(() => {
    forgetAllFiles();
    endWork();
    jobStore.setState({ jobs: [], outcome: null });
  });

  const provide = (ends: () => Promise<OptimizedModel | null>): void =>
    provideJobs({
      searches: { search: search(ends) },
      models: { compress: () => Promise.resolve(1) },
    } as unknown as Jobs);

  it('leaves one step to undo, no variant and no bytes but of the one that is taken', async () => {
    const before = state().past.length;
    let during = -1;
    provide(() => {
      during = state().past.length;
      return Promise.resolve(made);
    });
    await findBest(chosenGoal);
    expect(state().search?.candidates).toHaveLength(200);
    expect(during).toBe(before);
    expect(
      state()
        .past.map(({ label }) => label)
        .slice(before),
    ).toEqual(['Find the best']);
    expect(state().variants).toMatchObject([{ recipe: trials[199]!.recipe }]);
    const [variant] = state().variants;
    expect(Object.keys(state().cells)).toEqual(['original|wasm', `${variant!.id}|wasm`]);
    expect(state().comparisons).toMatchObject({ [`${variant!.id}|wasm`]: { variant: variant!.id } });
    const saved = saveableWork(state(), '')!;
    expect(saved.search?.candidates).toHaveLength(200);
    expect(filesKeysOf(saved)).toEqual(state().variants.map(({ filesKey }) => filesKey));
    expect(filesOf('trial-0')).toBeUndefined();
  });

  it('uses the techniques that a person allows, and all by default', async () => {
    const goals: BrowserSearchRequest['goal'][] = [];
    const ended = search(() => Promise.resolve(null));
    const searches = { search: (...given: Parameters<typeof ended>) => (goals.push(given[2].goal), ended(...given)) };
    provideJobs({ searches } as unknown as Jobs);
    await findBest(chosenGoal);
    await findBest({ ...chosenGoal, families: ['float16'] });
    expect(goals.map(({ techniques }) => techniques)).toEqual([undefined, ['float16', 'simplify']]);
  });

  it('continues from found candidates for another timed provider, and starts anew for another goal', async () => {
    const asked: BrowserSearchRequest[] = [];
    const ended = search(() => Promise.resolve(null));
    const searches = { search: (...given: Parameters<typeof ended>) => (asked.push(given[2]), ended(...given)) };
    provideJobs({ searches } as unknown as Jobs);
    await findBest(chosenGoal);
    await findBest({ ...chosenGoal, ep: 'webgpu' });
    // A search for another objective cannot begin with the results of the earlier goal.
    await findBest({ ...chosenGoal, ep: 'webgpu', objective: 'latency' });
    await findBest(chosenGoal);
    expect(asked.map(({ from, goal }) => [from?.candidates.length, timedOn(goal)])).toEqual([
      [undefined, 'wasm'],
      [200, 'webgpu'],
      [undefined, 'webgpu'],
      [undefined, 'wasm'],
    ]);
  });

  it('keeps all that it found when it is canceled, and takes nothing', async () => {
    provide(() => Promise.reject(new DOMException('Canceled.', 'AbortError')));
    await findBest(chosenGoal);
    expect(state().search).toMatchObject({ stopReason: 'canceled', candidates: { length: 200 } });
    expect([state().past.map(({ label }) => label), state().variants]).toEqual([['Stopped search'], []]);
  });

  it('continues from all found candidates when its worker ends, but not without its data', async () => {
    provide(() => Promise.reject(new Error('The worker ended.')));
    await findBest(chosenGoal);
    const found = state().search;
    expect(found).toMatchObject({ candidates: { length: 200 } });
    expect(canGoOn(state())).toBe(true);
    let from: SearchState | null | undefined;
    const ended = search(() => Promise.resolve(null));
    const searches = {
      search: (...given: Parameters<typeof ended>) => ((from = given[2].from), ended(...given)),
    };
    provideJobs({ searches } as unknown as Jobs);
    await goOnSearching();
    expect(from?.candidates).toEqual(found?.candidates);
    // A search with other sizes is another search.
    workspaceStore.setState({ freeDimensions: { N: 2 } });
    expect(canGoOn(state())).toBe(false);
  });
});
