/** The gate for pipelines, on a sample that ships. */
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { runHere } from './testing/run-here';

const sample = (name: string) => join(fileURLToPath(new URL('..', import.meta.url)), 'public/samples', name);
const digits = sample('digits-mlp.onnx');

let folder = '';
vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-check-'));
  await pareto('optimize', digits, '-o', 'smaller.onnx', '--pass', 'quantize-dynamic');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const pareto = (...given: readonly string[]) => runHere(folder, ...given);

function check(limits: unknown, ...given: readonly string[]) {
  writeFileSync(join(folder, 'budget.json'), JSON.stringify(limits));
  return pareto('check', ...given, '--budget', 'budget.json');
}

it('holds sizes exactly, and ends with 1 where one byte is too many', async () => {
  const sizeBytes = statSync(digits).size;
  expect((await check({ sizeBytes, parameters: 6572, opsNotOn: { webgpu: 0 } }, digits)).status).toBe(0);
  const { status, stderr, stdout } = await check({ sizeBytes: sizeBytes - 1, macs: 6464 }, digits, '--dim', 'batch=1');
  expect(status).toBe(1);
  expect(stdout).toMatch(/sizeBytes .* broken\n/);
  expect(stderr).toMatch(/^1 limit of 2 broken: sizeBytes/);
  expect((await check({ macs: 6464 }, digits)).stderr).toContain('macs (unknown: ');
});

it('evaluates a variant on data, and writes results for pipelines', async () => {
  const limits = { accuracyLoss: 0.5, sqnrDb: 300 };
  const data = ['--data', sample('digits-evaluation.npz'), '--limit', '100'];
  const files = ['--markdown', 'summary.md', '--junit', 'cases.xml'];
  const { status, stdout } = await check(limits, digits, 'smaller.onnx', ...data, ...files, '--json');
  expect(status).toBe(1);
  expect(JSON.parse(stdout)).toMatchObject({
    passed: false,
    checks: [
      { limit: 'accuracyLoss', allowed: 0.5, holds: true, interval: [expect.any(Number), expect.any(Number)] },
      { limit: 'sqnrDb', holds: false },
    ],
  });
  const read = (name: string) => readFileSync(join(folder, name), 'utf8');
  expect(read('summary.md')).toMatch(/\| ❌ \| sqnrDb \| 300 \| .*\sdB on data \|\n$/);
  expect(read('cases.xml')).toMatch(/tests="2" failures="1"[^]*<failure message="[^"]+\sdB on data"\/>/);
});

it('refuses limits that would never be broken', async () => {
  expect(await check({ sizeByte: 1 }, digits)).toMatchObject({
    status: 2,
    stderr: expect.stringContaining('sizeByte') as string,
  });
  expect((await check({}, digits)).stderr).toContain('no limit');
  expect((await check({ sqnrDb: 20 }, digits)).stderr).toContain('Name both files');
  expect((await check({ latency: { webgpu: { p95Ms: 5 } } }, digits)).stderr).toContain('--browser');
});
