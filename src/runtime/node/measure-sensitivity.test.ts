/** Sensitivity of the layers of a small real model: stopped, continued, and with the loss of the task. */
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { createCalibrationSource } from '../../engine/data/calibration';
import { suggestMapping } from '../../engine/data/mapping/suggest-mapping';
import { openDataset } from '../../engine/data/open-dataset';
import { MemorySource } from '../../engine/onnx/byte-source';
import { openModel } from '../../engine/recipe/open-model';
import type { Sensitivity, SensitivityMetric } from '../../engine/search/sensitivity';
import { sensitivityTechnique, type SensitivityTechnique } from '../../engine/search/sensitivity-techniques';
import { measureSensitivity } from '../search/measure-sensitivity';
import { createNodePictureDecoder } from './node-picture-decoder';
import { createInProcessSearchHost } from './testing/in-process-search-host';

const sample = (name: string) =>
  new Uint8Array(readFileSync(new URL(`../../../public/samples/${name}`, import.meta.url)));

const digits = 'digits-mlp.onnx';

function openedDigits() {
  const source = new MemorySource(sample(digits));
  return openModel({ name: digits, source, sha256: '', findData: () => undefined });
}

interface Asked {
  readonly technique: SensitivityTechnique['id'];
  readonly metric?: SensitivityMetric;
  readonly known?: Sensitivity;
  readonly withData?: boolean;
  readonly budgetMs?: number;
  /** Breaks it off. */
  readonly isEnough?: (found: Sensitivity) => boolean;
}

/** Returns the result or the error, and all events on the way. */
async function measure({ technique, metric, known, budgetMs, withData = true, isEnough = () => false }: Asked) {
  const controller = new AbortController();
  const host = createInProcessSearchHost(controller.signal);
  const opened = openedDigits();
  const files = [{ path: 'digits-evaluation.npz', source: new MemorySource(sample('digits-evaluation.npz')) }];
  const dataset = await openDataset(files, { decoder: createNodePictureDecoder(), context: host });
  const { mapping } = suggestMapping(dataset.description, opened.inspection);
  const { inputs } = opened.inspection;
  const split = { seed: 0, calibration: 64, evaluation: null };
  const calibration = createCalibrationSource(
    { dataset, fingerprint: '', mapping, split, inputs, freeDimensions: {} },
    host,
  );
  const indices = Array.from({ length: dataset.description.samples }, (_, index) => index);
  const told: Sensitivity[] = [];
  const outcome = await measureSensitivity(
    host,
    {
      opened,
      original: { model: new Blob([sample(digits)]), name: digits, externalData: [] },
      data: withData ? { dataset, mapping, indices, calibration } : null,
      threads: 1,
      freeDimensions: {},
      technique: sensitivityTechnique(technique),
      ...(metric && { metric }),
      ...(known && { known }),
      ...(budgetMs && { budgetMs }),
    },
    {
      progress: () => undefined,
      measured(found) {
        told.push(found);
        if (isEnough(found)) controller.abort(new Error('Enough.'));
      },
    },
  ).catch((error: unknown) => error as Error);
  return { outcome, told };
}

it('measures the loss of outputs and task for each layer, alone and accumulated, and continues after a stop', async () => {
  const broken = await measure({
    technique: '4-bit-weights',
    metric: 'task',
    isEnough: ({ layers }) => layers.length === 2,
  });
  expect(broken.outcome).toMatchObject({ message: 'Enough.' });
  const known = broken.told.at(-1)!;
  expect(known).toMatchObject({ count: 3, isOver: false, metric: 'task' });
  const { outcome, told } = await measure({ technique: '4-bit-weights', metric: 'task', known });
  const { layers, baseline, samples, isOver } = outcome as Sensitivity;
  expect([samples, isOver]).toEqual([32, true]);
  // The third layer alone, and two layers together.
  expect(told).toHaveLength(2);
  expect(layers.map(({ task }) => task)).toEqual(
    layers.map(() => expect.objectContaining({ of: 'accuracy', samples: 256 }) as unknown),
  );
  for (const { path, output, local } of layers) {
    expect(local.sqnrDb).toBeGreaterThan(15);
    const before = known.layers.find((each) => each.path === path);
    if (before !== undefined) expect(output).toBe(before.output);
  }
  const [most, , least] = layers;
  expect(most!.accumulated).toEqual(baseline);
  expect(least!.accumulated).toEqual({ ...least!.output, task: least!.task });
  expect(layers.every(({ output }) => output.sqnrDb! > baseline.sqnrDb!)).toBe(true);
});

it('ends within its budget with the layer of most weights on few samples, and continues on the same', async () => {
  const { outcome } = await measure({ technique: '4-bit-weights', budgetMs: 0.001 });
  const known = outcome as Sensitivity;
  expect(known).toMatchObject({ count: 3, isOver: false, samples: 4 });
  const { outcome: continued } = await measure({ technique: '4-bit-weights', known });
  const whole = continued as Sensitivity;
  expect(whole).toMatchObject({ isOver: true, samples: 4 });
  const { inspection } = openedDigits();
  const weights = inspection.nodes.map(({ parameters }) => parameters);
  const heaviest = inspection.nodes.find(({ parameters }) => parameters === Math.max(...weights))!;
  expect(known.layers.map(({ path }) => path)).toEqual([heaviest.path]);
  expect(whole.layers).toHaveLength(3);
});

it('reports channels by group, keeps results of another metric, and refuses layers without a result', async () => {
  const { outcome } = await measure({ technique: 'fewer-channels' });
  const { layers, metric } = outcome as Sensitivity;
  expect(metric).toBe('kl');
  expect(layers).toHaveLength(2);
  expect(layers.every(({ output }) => output.kl! > 0)).toBe(true);
  const known = outcome as Sensitivity;
  const broken = await measure({ technique: 'fewer-channels', metric: 'task', known, isEnough: () => true });
  const kept = broken.told.at(-1)!.layers;
  expect(kept.filter(({ task }) => task !== undefined)).toHaveLength(1);
  expect(kept.map(({ path }) => path).toSorted()).toEqual(layers.map(({ path }) => path).toSorted());
  const refused = await measure({ technique: 'float16', metric: 'task', withData: false });
  expect(refused.outcome).toMatchObject({ code: 'sensitivity/no-task' });
});
