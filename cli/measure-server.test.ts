/** What `measure-server` refuses before it starts anything, and what its document does. tools/deploy-check runs it with Python. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChecklistItem } from '../src/engine/deploy/checklist';
import { exampleServerMeasurement } from '../src/engine/serving/testing/example-server-measurement';
import { runHere } from './testing/run-here';

const root = path.resolve(import.meta.dirname, '..');
const model = 'public/samples/digits-mlp.onnx';
const pareto = (...given: readonly string[]) => runHere(root, ...given);

let folder = '';
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-measure-server-'));
  await pareto('bundle', model, '--targets', 'fastapi', '-o', at('bundle'));
  const facts = JSON.parse(await readFile(at('bundle/server/model.json'), 'utf8')) as { readonly sha256: string };
  await writeFile(at('server.json'), JSON.stringify({ ...exampleServerMeasurement, sha256: facts.sha256 }));
  await writeFile(at('other.json'), JSON.stringify(exampleServerMeasurement));
}, 120_000);

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
});

it('ticks the load test of a bundle of the same bytes, and no other', async () => {
  const states = async (name: string, report: string) => {
    await pareto('bundle', model, '--targets', 'web', '-o', at(name), '--report', at(report));
    const items = JSON.parse(await readFile(at(`${name}/evidence/checklist.json`), 'utf8')) as readonly ChecklistItem[];
    return items.find(({ id }) => id === 'load-test');
  };
  expect(await states('measured', 'server.json')).toMatchObject({ state: 'done', by: 'tool' });
  expect(JSON.parse(await readFile(at('measured/evidence/server.json'), 'utf8'))).toMatchObject({ overheadMs: 1.5 });
  const comparison = await readFile(at('measured/evidence/benchmark_comparison.json'), 'utf8');
  expect(JSON.parse(comparison)).toMatchObject({ servers: [{ capacityPerSecond: 400 }] });
  expect(await states('unmeasured', 'other.json')).toMatchObject({ state: 'open' });
}, 60_000);

it('gives a simulation the times of the server', async () => {
  const simulated = await pareto(
    ...['simulate', model, '--times', at('server.json'), '--arrivals', 'poisson:50', '--duration-s', '20', '--json'],
  );
  const result = JSON.parse(simulated.stdout) as { readonly batchMs: object; readonly timesOf: string };
  expect(result).toMatchObject({ timesOf: 'server', batchMs: { 1: 4, 16: 40 } });
  const refused = await pareto('simulate', model, '--times', at('other.json'), '--arrivals', 'poisson:50');
  expect(refused.stderr).toContain('has no times of a server of this model');
});
