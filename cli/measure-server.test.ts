/** Refusals of `measure-server` before it starts anything, and uses of its document. tools/deploy-check runs it with Python. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChecklistItem } from '../src/engine/deploy/checklist';
import type { ScenarioResult } from '../src/engine/serving/load-scenarios';
import { exampleServerMeasurement } from '../src/engine/serving/testing/example-server-measurement';
import type { Invocation } from './command';
import { findPython, startServer } from './servers/bundle-server';
import { checkInputs } from './servers/drive-scenarios';
import { timeOtherRuns } from './servers/time-other-runs';
import { sha256 } from './testing/json-commands';
import { runHere } from './testing/run-here';

const root = path.resolve(import.meta.dirname, '..');
const model = 'public/samples/digits-mlp.onnx';
const pareto = (...given: readonly string[]) => runHere(root, ...given);

let folder = '';
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-measure-server-'));
  await writeFile(
    at('server.json'),
    JSON.stringify({ ...exampleServerMeasurement, sha256: sha256(path.join(root, model)) }),
  );
  await writeFile(at('other.json'), JSON.stringify(exampleServerMeasurement));
  const reports = ['--report', at('server.json'), '--report', at('other.json')];
  await pareto('bundle', model, '--targets', 'fastapi', ...reports, '-o', at('bundle'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

it('names a Python that does not run, and a folder that has no server', async () => {
  const missing = await pareto('measure-server', at('bundle'), '--python', at('no-python'));
  expect(missing).toMatchObject({ status: 1 });
  expect(missing.stderr).toContain('no-python does not run. Name a Python 3.11 or later with --python.');
  await mkdir(at('empty'));
  const empty = await pareto('measure-server', at('empty'));
  expect(empty.stderr).toContain('has no server/model.json. Write a bundle with its server');
  expect((await pareto('measure-server', at('nothing'))).stderr).toContain('There is no folder');
  expect(await pareto('measure-server', at('bundle'), '--rates', '50,x')).toMatchObject({ status: 2 });
  const unknown = await pareto('measure-server', at('bundle'), '--scenario', 'server,mobile');
  expect(unknown.stderr).toContain('There is no scenario “mobile”.');
});

it('times other lengths until one is too long, and keeps none of a server that pads no texts', async () => {
  const invocation = { signal: new AbortController().signal, terminal: { progress: () => undefined } };
  const timesOf = async (longest: number) => {
    const lines = `[ "\${LENGTH:-0}" -le ${longest} ] || exit 1\necho '[{"batch":1,"samplesMs":[1]}]'`;
    const executable = path.resolve(await python('length-python', lines));
    const found = { executable, python: '3.12.1', onnxruntime: '1', machine: 'm', cores: 1 };
    const bundle = { folder: at('bundle'), name: 'm', modelPath: '', sha256: '', padsTexts: true };
    return timeOtherRuns(invocation as unknown as Invocation, found, bundle, {});
  };
  expect((await timesOf(100)).timesByLength?.map(({ length }) => length)).toEqual([16, 64]);
  expect(await timesOf(0)).toEqual({ timesByThreads: [] });
});

it('refuses a scenario whose queries would hold equal requests', () => {
  expect(() => checkInputs(['multi-stream'], 7)).toThrow('The multi-stream scenario needs 8 different inputs');
  expect(() => checkInputs(['single-stream', 'multi-stream'], 8)).not.toThrow();
});

/** A Python of this test: a script that does what these lines say. */
async function python(name: string, lines: string): Promise<string> {
  await writeFile(at(name), `#!/bin/sh\n${lines}\n`, { mode: 0o755 });
  return path.relative(process.cwd(), at(name));
}

it('refuses an old Python, and starts one by a relative path from another folder', async () => {
  const facts = { isOld: true, missing: [], python: '3.10.1', onnxruntime: '1', machine: 'm', cores: 1 };
  const old = await python('old-python', `echo '${JSON.stringify(facts)}'`);
  const refused = await pareto('measure-server', at('bundle'), '--python', old);
  expect(refused.stderr).toContain('is Python 3.10.1. Name a Python 3.11 or later with --python.');
  const found = findPython(
    await python('python', `echo '${JSON.stringify({ ...facts, isOld: false })}'`),
    at('bundle'),
  );
  expect(found.executable).toBe(at('python'));
  const { signal } = new AbortController();
  const bundle = { folder: at('bundle'), name: 'm', modelPath: '', sha256: '', padsTexts: false };
  // Ended by a signal at once: nobody waits two minutes for it, and its own words are the reason.
  await python('python', 'printf "ValueError: no\\nERROR:    Application startup failed. Exiting.\\n" >&2; kill -9 $$');
  await expect(startServer(signal, found, bundle, {})).rejects.toThrow('does not start: ValueError: no');
});

it('ticks the load test of a bundle of the same bytes, and by no other', async () => {
  const read = async (file: string) => JSON.parse(await readFile(at(`bundle/evidence/${file}`), 'utf8')) as unknown;
  const items = (await read('checklist.json')) as readonly ChecklistItem[];
  expect(items.find(({ id }) => id === 'load-test')).toMatchObject({ state: 'done', by: 'tool' });
  expect(await read('server.json')).toMatchObject({ overheadMs: 1.5, sha256: sha256(path.join(root, model)) });
  const { servers } = (await read('benchmark_comparison.json')) as { readonly servers: readonly unknown[] };
  expect(servers).toMatchObject([{ capacityPerSecond: 400 }]);
  expect(await readFile(at('bundle/README.md'), 'utf8')).toContain('The server measurement measured digits-mlp');
});

it('gives a simulation the times of the server', async () => {
  const simulated = await pareto(
    ...['simulate', model, '--times', at('server.json'), '--arrivals', 'poisson:50', '--duration-s', '20', '--json'],
  );
  const result = JSON.parse(simulated.stdout) as { readonly batchMs: object; readonly timesOf: string };
  expect(result).toMatchObject({ timesOf: 'server', batchMs: { 1: 4, 16: 40 } });
  const refused = await pareto('simulate', model, '--times', at('other.json'), '--arrivals', 'poisson:50');
  expect(refused.stderr).toContain('has no times of a server of this model');
});

it('simulates a standard scenario on the times of the server, with its rules', async () => {
  const given = ['simulate', model, '--times', at('server.json'), '--scenario', 'server', '--target-ms', '100'];
  const { stdout, status } = await pareto(...given, '--duration-s', '20', '--json');
  expect(status).toBe(0);
  const { scenario, offeredPerSecond } = JSON.parse(stdout) as SimulatedScenario;
  expect(scenario).toMatchObject({ scenario: 'server', targetMs: 100, isValid: false });
  expect(scenario.rules.filter(({ holds }) => !holds)).toMatchObject([{ rule: 'duration-s', bound: 600 }]);
  expect(scenario.metric.value).toBeGreaterThan(50);
  expect(offeredPerSecond / scenario.metric.value).toBeCloseTo(1, 1);
});

interface SimulatedScenario {
  readonly scenario: ScenarioResult & { readonly metric: { readonly value: number } };
  readonly offeredPerSecond: number;
}

it('tunes the settings of the measured server for a load, and refuses settings that it chooses itself', async () => {
  const load = ['simulate', model, '--times', at('server.json'), '--arrivals', 'poisson:50', '--duration-s', '20'];
  const tuned = await pareto(...load, '--tune', '--target-ms', '50', '--json');
  const result = JSON.parse(tuned.stdout) as {
    readonly policy: object;
    readonly tuned: {
      readonly best: { readonly maxBatch: number; readonly instances: number };
      readonly tried: object[];
    };
  };
  const { best, tried } = result.tuned;
  expect(tried.length).toBeGreaterThan(3);
  expect(result.policy).toMatchObject({ maxBatch: best.maxBatch, instances: best.instances });
  const refused = await pareto(...load, '--tune', '--target-ms', '50', '--instances', '2');
  expect([refused.status, refused.stderr]).toEqual([2, expect.stringContaining('--tune chooses --instances.')]);
});
