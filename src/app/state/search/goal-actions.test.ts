import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Device } from '../../../engine/metrics/cell';
import type { BenchmarkCellRequest, Jobs, ModelFiles, OptimizedModel } from '../../jobs/jobs';
import { forgetAllFiles, keepDataFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { cellOf, contextOf, dataOf, deviceOf, newVariant, originalOf } from '../../testing/work-fixtures';
import { recordCell, recordDevice } from '../workspace/measurement-actions';
import { appStore } from '../window/app-store';
import { provideJobs, runJob, type JobHandle } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { changeDocument, undo } from '../workspace/history';
import { beginWork, endWork, workspaceStore } from '../workspace/workspace-store';
import type { Recipe } from '../../../engine/recipe/recipe';
import { followGoal } from './goal-actions';
import { GoalFrame, goalStore, offerMore } from './goal-frame';

const filesOfModel = (name: string): ModelFiles => ({ model: new Blob([name]), name, externalData: [] });

let measured: (readonly BenchmarkCellRequest[])[] = [];
const optimize = vi.fn<Jobs['models']['optimize']>();

/** Measurements find these errors of outputs, one after the other. */
function measureAt(...errorsDb: readonly number[]): void {
  measured = [];
  provideJobs({
    models: { optimize, compress: () => new Promise(() => undefined) },
    benchmarks: {
      benchmark: (_call: unknown, { cells }: { cells: readonly BenchmarkCellRequest[] }) => {
        const { variant } = cells.at(-1)!;
        const sqnrDb = errorsDb[measured.length]!;
        measured.push(cells);
        const cell = cellOf(variant, 'wasm');
        recordCell(
          { ...cell, outputMatch: { ...cell.outputMatch, valid: true, identical: false, sqnrDb } },
          contextOf(),
        );
        return Promise.resolve();
      },
    },
  } as unknown as Jobs);
}

function deviceWith(software: boolean): Device {
  const device = deviceOf();
  return { ...device, webgpu: { ...device.webgpu!, f16: true, software } };
}

describe('a goal', () => {
  beforeEach(() => {
    measured = [];
    const { optimization, inspection } = newVariant('');
    const made: OptimizedModel = { optimization, inspection, files: filesOfModel('variant') };
    optimize.mockReset().mockImplementation(() => Promise.resolve(made));
    provideJobs({
      models: { optimize, compress: () => new Promise(() => undefined) },
      benchmarks: {
        benchmark: (_call: unknown, { cells }: { cells: readonly BenchmarkCellRequest[] }) => {
          measured.push(cells);
          return Promise.resolve();
        },
      },
    } as unknown as Jobs);
    keepFiles(originalFilesKey, filesOfModel('net.onnx'));
    beginWork(originalOf('net.onnx'));
  });

  afterEach(() => {
    forgetAllFiles();
    endWork();
  });

  it('makes its variant and measures it beside the original on the provider of the goal', async () => {
    recordDevice(deviceWith(false));
    const before = workspaceStore.getState().recipe;
    await followGoal('faster-webgpu');
    const { variants, recipe, selected } = workspaceStore.getState();
    expect(variants).toHaveLength(1);
    expect(selected).toBe(variants[0]?.id);
    expect(measured).toEqual([
      [
        { variant: 'original', ep: 'webgpu' },
        { variant: selected, ep: 'webgpu' },
      ],
    ]);
    expect(recipe).toEqual(variants[0]?.recipe);
    undo();
    undo();
    expect(workspaceStore.getState()).toMatchObject({ variants: [], recipe: before });
  });

  it('leaves the jobs of the next goal when its own time is over', async () => {
    const [first, next] = [new GoalFrame(1), new GoalFrame(60_000)];
    const untilEnded = ({ signal }: JobHandle) =>
      new Promise<void>((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as Error)));
    const ended = runJob('search', 'of the next goal', untilEnded);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(jobStore.getState().jobs).toHaveLength(1);
    expect([first.isLate, next.isLate]).toEqual([false, false]);
    next.stop(() => true);
    expect(await ended).toBe(false);
    first.end();
    next.end();
  });

  it('stops when it is undone while it runs', async () => {
    recordDevice(deviceWith(false));
    const before = workspaceStore.getState().recipe;
    optimize.mockImplementationOnce(
      ({ signal }) =>
        new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as DOMException))),
    );
    const followed = followGoal('smaller');
    await vi.waitFor(() => expect(optimize).toHaveBeenCalled());
    undo();
    await followed;
    expect(workspaceStore.getState()).toMatchObject({ variants: [], recipe: before });
    expect(measured).toEqual([]);
  });

  it('continues during any edits, and during undo of those', async () => {
    recordDevice(deviceWith(false));
    const { optimization, inspection } = newVariant('');
    let finish: () => void = () => undefined;
    optimize.mockImplementationOnce(
      ({ signal }) =>
        new Promise((resolve, reject) => {
          finish = () => resolve({ optimization, inspection, files: filesOfModel('variant') });
          signal.addEventListener('abort', () => reject(signal.reason as DOMException));
        }),
    );
    const followed = followGoal('smaller');
    await vi.waitFor(() => expect(optimize).toHaveBeenCalled());
    // The loop makes more edits than the history holds.
    for (let seed = 1; seed <= 210; seed++) changeDocument('Edit', ({ recipe }) => ({ recipe: { ...recipe, seed } }));
    undo();
    finish();
    await followed;
    expect(workspaceStore.getState().variants).toHaveLength(1);
  });

  it('is measured as well if another is chosen before the first one is measured', async () => {
    const original = originalOf('net.onnx');
    const precision = [
      { dtype: 'float32', weights: 1, parameters: 250, elements: 250, bytes: original.inspection.weightBytes },
    ] as const;
    beginWork({ ...original, inspection: { ...original.inspection, precision } });
    recordDevice(deviceWith(false));
    await Promise.all([followGoal('smaller'), followGoal('smallest')]);
    const ids = workspaceStore.getState().variants.map(({ id }) => id);
    expect(ids).toHaveLength(2);
    expect([...new Set(measured.map((cells) => cells.at(-1)?.variant))]).toEqual(ids);
  });

  it('searches for speed on WASM without data, too', async () => {
    const search = vi.fn<Jobs['searches']['search']>(() => Promise.resolve(null));
    provideJobs({ searches: { search } } as unknown as Jobs);
    await followGoal('faster-wasm');
    expect(search).toHaveBeenCalledOnce();
    const [, , { goal, data }] = search.mock.calls[0]!;
    expect([goal.objective, data]).toEqual(['latency', null]);
    expect(optimize).not.toHaveBeenCalled();
  });

  it('measures the compiled module once the search for speed is over', async () => {
    const device = deviceWith(false);
    recordDevice({ ...device, providers: [...device.providers, { ep: 'compiled', available: true, reason: '' }] });
    const search: Jobs['searches']['search'] = ({ onProgress }, _files, { goal, basis }) => {
      const samples = { search: 0, confirm: 0 };
      onProgress?.({ kind: 'begun', goal, basis, originalBytes: 1, samples, candidates: [], leftOut: [] });
      return Promise.resolve(null);
    };
    const benchmark = (_call: unknown, { cells }: { cells: readonly BenchmarkCellRequest[] }): Promise<void> => {
      measured.push(cells);
      return Promise.resolve();
    };
    provideJobs({ searches: { search }, benchmarks: { benchmark } } as unknown as Jobs);
    await followGoal('faster-wasm');
    expect(measured).toEqual([[{ variant: 'original', ep: 'compiled' }]]);
  });

  it('ends the measurement with its time, keeps the variant, and asks for more', async () => {
    recordDevice(deviceWith(false));
    const asked: number[] = [];
    const benchmark = ({ signal }: JobHandle, { mostCellMs }: { mostCellMs: number }): Promise<void> => {
      asked.push(mostCellMs);
      return new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as DOMException)));
    };
    provideJobs({
      models: { optimize, compress: () => new Promise(() => undefined) },
      benchmarks: { benchmark },
    } as unknown as Jobs);
    await followGoal('smaller', 200);
    expect(workspaceStore.getState().variants).toHaveLength(1);
    expect(jobStore.getState().jobs).toEqual([]);
    expect(goalStore.getState()).toMatchObject({ endsAtMs: null, offer: { id: 'smaller' } });
    expect(goalStore.getState().offer?.text).toMatch(/is ready\. The measurement needs more time\.$/);
    expect(asked).toHaveLength(1);
    expect(asked[0]).toBeLessThan(200);
    offerMore(null);
  });

  it('is measured on WASM if the processor emulates the GPU', async () => {
    recordDevice(deviceWith(true));
    await followGoal('faster-webgpu');
    expect(measured[0]?.map(({ ep }) => ep)).toEqual(['wasm', 'wasm']);
  });

  it('measures nothing of a recipe that was canceled, or that changed nothing', async () => {
    recordDevice(deviceWith(false));
    optimize.mockImplementationOnce(() => Promise.reject(new DOMException('Canceled.', 'AbortError')));
    await followGoal('smaller');
    expect(workspaceStore.getState().variants).toEqual([]);
    const { optimization, inspection } = newVariant('');
    const sizeBytes = { original: 1000, variant: 999 };
    const same = { ...optimization, passes: [], sizeBytes };
    const unchanged = { optimization: same, inspection, files: filesOfModel('same') };
    optimize.mockImplementationOnce(() => Promise.resolve(unchanged));
    await followGoal('smaller');
    expect(workspaceStore.getState().variants).toHaveLength(1);
    expect(measured).toEqual([]);
  });

  it('continues with a safer recipe if the output error is too large, keeps the first, and explains it', async () => {
    recordDevice(deviceWith(false));
    const original = originalOf('net.onnx');
    const precision = [
      { dtype: 'float32', weights: 1, parameters: 250, elements: 250, bytes: original.inspection.weightBytes },
    ] as const;
    beginWork({ ...original, inspection: { ...original.inspection, precision } });
    measureAt(8, 45, 45);
    await followGoal('smallest');
    const { variants, selected, recipe } = workspaceStore.getState();
    expect(
      variants.map(({ recipe: { steps } }) => steps.find(({ pass }) => pass === 'quantize-weights')?.options['bits']),
    ).toEqual([undefined, '8']);
    expect(selected).toBe(variants[1]?.id);
    expect(recipe).toEqual(variants[1]?.recipe);
    expect(appStore.getState().notices.at(-1)?.text).toMatch(/4-bit weights .* 40\s% .* Used instead: 8-bit weights/);
    // The first is compared alone; the second one is compared, and then timed beside the original.
    expect(measured.map((cells) => cells.length)).toEqual([1, 1, 2]);

    endWork();
    beginWork({ ...original, inspection: { ...original.inspection, precision } });
    measureAt(8, 45);
    for (const variant of [500, 1000]) {
      const { optimization, inspection } = newVariant('');
      const sized = { ...optimization, sizeBytes: { original: 1000, variant } };
      optimize.mockImplementationOnce(async () => ({
        optimization: sized,
        inspection,
        files: filesOfModel('variant'),
      }));
    }
    await followGoal('smallest');
    expect(appStore.getState().notices.at(-1)?.text).toContain('8-bit weights would be no smaller.');
    const after = workspaceStore.getState();
    expect(after.variants).toMatchObject([{ id: after.selected, recipe: after.recipe }]);
  });

  describe('with data and a large model', () => {
    beforeEach(() => {
      recordDevice(deviceWith(false));
      const original = originalOf('net.onnx');
      const precision = [
        { dtype: 'float32', weights: 1, parameters: 250, elements: 250, bytes: original.inspection.weightBytes },
      ] as const;
      const file = { ...original.inspection.file, sizeBytes: 10_000_000 };
      const weightBytes = 9_000_000;
      const inspection = {
        ...original.inspection,
        file,
        weightBytes,
        precision: [{ ...precision[0], bytes: weightBytes }],
      };
      beginWork({ ...original, inspection });
      changeDocument('Data', () => ({ data: dataOf() }));
    });

    afterEach(() => offerMore(null));

    it('shows a safe variant first, ends with its time, and asks for more', async () => {
      const { optimization, inspection } = newVariant('');
      optimize.mockImplementation(({ signal }, _files, recipe) =>
        isFirst(recipe)
          ? Promise.resolve({ optimization, inspection, files: filesOfModel('first') })
          : new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as DOMException))),
      );
      keepDataFiles(dataOf().evaluation.key, []);
      const followed = followGoal('smaller', 1_000);
      await vi.waitFor(() => expect(optimize).toHaveBeenCalledTimes(2));
      expect(workspaceStore.getState().variants).toHaveLength(1);
      expect(goalStore.getState().endsAtMs).not.toBeNull();
      await followed;
      expect(workspaceStore.getState().variants).toHaveLength(1);
      expect(jobStore.getState().jobs).toEqual([]);
      expect(goalStore.getState().offer).toMatchObject({ id: 'smaller', moreMs: 300_000 });
      expect(goalStore.getState().endsAtMs).toBeNull();
    });

    it('makes a safe variant before it searches for speed, without data too', async () => {
      changeDocument('No data', () => ({ data: null }));
      const search = vi.fn<Jobs['searches']['search']>(() => Promise.resolve(null));
      provideJobs({
        models: { optimize, compress: () => new Promise(() => undefined) },
        searches: { search },
      } as unknown as Jobs);
      await followGoal('faster-wasm');
      expect(optimize.mock.calls.map(([, , { steps }]) => steps.map(({ pass }) => pass))).toEqual([['simplify']]);
      expect(search).toHaveBeenCalledOnce();
      expect(workspaceStore.getState().variants).toHaveLength(1);
    });

    it('explains that not even the first variant was ready in time', async () => {
      optimize.mockImplementation(
        ({ signal }) =>
          new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason as DOMException))),
      );
      keepDataFiles(dataOf().evaluation.key, []);
      await followGoal('smaller', 200);
      expect(workspaceStore.getState().variants).toHaveLength(0);
      expect(goalStore.getState().offer?.text).toBe('No variant is ready yet. The first one needs more time.');
    });
  });
});

/** 8-bit weights need no data. */
const isFirst = ({ steps }: Recipe): boolean => steps.some(({ options }) => options['bits'] === '8');
