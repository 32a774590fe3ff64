import path from 'node:path';
import { expect, it } from 'vitest';
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
  // As long as one sample runs, of a model that takes far less than a millisecond.
  expect(result.policy.maxWaitMs).toBeLessThan(5);
});

it.each([
  [[], 'The load is missing'],
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
