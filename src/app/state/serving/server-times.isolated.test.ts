/** Times of a server in the page: whose bytes they are, and the search for settings on them. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMeasurement } from '../../../engine/deploy/measurements';
import type { ServerMeasurement } from '../../../engine/serving/server-measurement';
import { exampleServerMeasurement } from '../../../engine/serving/testing/example-server-measurement';
import { tuneServing } from '../../../engine/serving/tune-serving';
import type { Jobs } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { originalOf } from '../../testing/work-fixtures';
import { forgetServerMeasurements } from '../benchmark/server-measurements';
import { provideJobs } from '../jobs/job-runner';
import { appStore } from '../window/app-store';
import { beginWork, endWork, originalId, workspaceStore } from '../workspace/workspace-store';
import { batchTimesStore, measuredRows, servingRuntimes } from './batch-times';
import { openServerTimes } from './open-server-times';
import { changeServingSettings, servingSettingsStore } from './serving-settings';
import { applyTuned, objectiveOf, tuneServer, tuningStore } from './tuning';

const ofModel = { ...exampleServerMeasurement, sha256: 'a'.repeat(64) };

const serving = {
  async readMeasurements(_: unknown, files: readonly { readonly path: string; readonly file: File }[]) {
    const texts = await Promise.all(files.map(({ file }) => file.text()));
    return texts.map((text, index) => {
      const measured = parseMeasurement(JSON.parse(text), files[index]!.path);
      return measured.kind === 'server measurement' ? measured.document : expect.unreachable();
    });
  },
  tune: (_: unknown, request: Parameters<typeof tuneServing>[0]) => tuneServing(request, () => Promise.resolve()),
};

const open = (document: ServerMeasurement) => openServerTimes([new File([JSON.stringify(document)], 'server.json')]);
const rows = () => measuredRows(workspaceStore.getState(), batchTimesStore.getState());

describe('times of a server', () => {
  beforeEach(() => {
    provideJobs({ serving } as unknown as Jobs);
    endWork();
    beginWork(originalOf());
    const model = new File(['m'], 'model.onnx');
    keepFiles(originalFilesKey, { model, name: 'model.onnx', externalData: [] });
    batchTimesStore.setState({ runtime: 'wasm' });
    appStore.setState({ notices: [] });
  });

  afterEach(() => {
    forgetServerMeasurements();
    forgetAllFiles();
    endWork();
  });

  it('are simulated on for the bytes that the server ran, with their HTTP cost', async () => {
    await open(ofModel);
    expect(servingRuntimes(workspaceStore.getState())).toContain('native');
    const [own] = rows();
    expect(own).toMatchObject({ id: originalId, times: { runtime: 'native', threads: 2 } });
    expect(own!.times.times).toEqual([
      { batch: 1, samplesMs: [4, 4, 5] },
      { batch: 16, samplesMs: [40, 40, 41] },
    ]);
  });

  it('of another model are refused with its name, and change nothing', async () => {
    await open(exampleServerMeasurement);
    expect(rows()).toEqual([]);
    expect(batchTimesStore.getState().runtime).toBe('wasm');
    expect(appStore.getState().notices[0]?.text).toBe(
      'server.json measured digits-mlp, which is not open here. Open that model to use its times.',
    );
  });

  it('are searched for settings, which the page then has', async () => {
    const oneThread = {
      threads: 1,
      batchTimes: [
        { batch: 1, samplesMs: [2] },
        { batch: 16, samplesMs: [12] },
      ],
    };
    await open({ ...ofModel, timesByThreads: [oneThread] });
    changeServingSettings({ kind: 'poisson', perSecond: 300, targetMs: 100, durationS: 10, instances: 1 });
    const [own] = rows();
    await tuneServer();
    const { tuned, objective } = tuningStore.getState();
    const objectiveNow = (recording: File | null = null) =>
      objectiveOf(workspaceStore.getState(), own!.times, servingSettingsStore.getState(), recording);
    expect(objective).toBe(objectiveNow());
    expect(tuned!.best.withinTarget).toBeGreaterThan(0.9);
    expect(new Set(tuned!.tried.map(({ threads }) => threads))).toEqual(new Set([1, 2]));
    applyTuned(tuned!, own!.times);
    const { maxBatch, maxWaitMs, instances } = tuned!.best;
    expect(servingSettingsStore.getState()).toMatchObject({ maxBatch, maxWaitMs, instances });
    // Another load has another objective.
    changeServingSettings({ perSecond: 10 });
    expect(objective).not.toBe(objectiveNow());
    changeServingSettings({ kind: 'replay' });
    expect(objectiveNow(new File(['0'], 'a.csv'))).not.toBe(objectiveNow(new File(['0'], 'b.csv')));
    changeServingSettings({ kind: 'poisson' });
  });
});
