import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import { graph, model } from '../src/engine/onnx/testing/build';
import { textsWithMask } from '../src/engine/serving/testing/texts-with-mask';
import type { TextLengths } from '../src/engine/serving/text-lengths';
import type { TunedServing } from '../src/engine/serving/tune-serving';
import { runHere } from './testing/run-here';

const root = path.resolve(import.meta.dirname, '..');

const simulate = (...given: readonly string[]) => runHere(root, 'simulate', 'public/samples/digits-mlp.onnx', ...given);

it('simulates a server on batch times that it measures', async () => {
  const load = ['--arrivals', 'poisson:100', '--duration-s', '20', '--inputs', '100:1'];
  const data = ['--data', 'public/samples/digits-calibration.npz'];
  const { status, stdout } = await simulate(...load, ...data, '--max-batch', '4', '--cache', '50:60', '--json');
  expect(status).toBe(0);
  const result = JSON.parse(stdout) as {
    readonly batchMs: Readonly<Record<string, number>>;
    readonly measuredOn: string;
    readonly offeredPerSecond: number;
    readonly cache: { readonly hitRate: number };
    readonly waitMs: { readonly p50: number };
    readonly policy: { readonly maxWaitMs: number };
  };
  expect(Object.keys(result.batchMs)).toEqual(['1', '2', '4']);
  expect(result.measuredOn).toBe('data');
  expect(result.offeredPerSecond).toBeGreaterThan(80);
  expect(result.cache.hitRate).toBeGreaterThan(0.5);
  expect(result.waitMs.p50).toBeGreaterThan(0);
  // The wait is the time of one sample of a model that takes far less than a millisecond.
  expect(result.policy.maxWaitMs).toBeLessThan(5);
});

it('simulates texts of given lengths, which run together if padding is proved', async () => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-texts-'));
  try {
    const file = path.join(folder, 'texts.onnx');
    await writeFile(file, joinParts(encodeModel(model(graph(textsWithMask(true)), { opset: 17 }))));
    const load = ['--arrivals', 'poisson:100', '--duration-s', '5', '--max-batch', '1', '--lengths', '8:3'];
    const { stdout } = await runHere(root, 'simulate', file, ...load, '--tune', '--target-ms', '100', '--json');
    const result = JSON.parse(stdout) as { readonly lengths: TextLengths; readonly tuned: TunedServing };
    expect(result.lengths).toEqual({ isPadded: true, shares: [{ length: 8, share: 1 }], timed: [8] });
    expect(result.tuned.best.maxBatch).toBe(1);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

it.each([
  [[], 'The load is missing'],
  [['--arrivals', 'closed:1', '--lengths', '8:1', '--live'], '--lengths does not work with --live'],
  [['--arrivals', 'closed:1', '--lengths', '8:1', '--data', 'texts.npz'], '--lengths does not work with --data'],
  [['--arrivals', 'poisson'], 'does not describe arrivals'],
  [['--arrivals', 'poisson:-1'], 'cannot be simulated'],
  [['--arrivals', 'closed:1', '--cache', '5'], '--cache must be two numbers'],
  [['--arrivals', 'closed:1', '--preset', 'clip'], 'Name the data with --data'],
  [['--scenario', 'mobile'], 'Scenarios: single-stream, multi-stream, server, offline.'],
  [['--scenario', 'server'], 'The server scenario needs a target'],
  [['--scenario', 'offline', '--arrivals', 'closed:1'], '--scenario does not work with --arrivals'],
])('refuses %j', async (given, sentence) => {
  const { status, stderr } = await simulate(...given);
  expect(status).toBe(2);
  expect(stderr).toContain(sentence);
});
