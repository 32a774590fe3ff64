/** A bundle whose evidence comes from the shell alone. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChecklistItem } from '../src/engine/deploy/checklist';
import { runHere } from './testing/run-here';

const root = path.resolve(import.meta.dirname, '..');
const [model, data] = ['public/samples/digits-mlp.onnx', 'public/samples/digits-evaluation.npz'];
const pareto = (...given: readonly string[]) => runHere(root, ...given);

let folder = '';
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-bundle-'));
  await pareto('optimize', model, '-o', at('variant.onnx'), '--pass', 'quantize-dynamic');
  const keep = async (name: string, ...given: readonly string[]) =>
    writeFile(at(name), (await pareto(...given, '--json')).stdout);
  await keep('evaluation.json', 'evaluate', model, '--variant', at('variant.onnx'), '--data', data);
  await keep('simulation.json', 'simulate', at('variant.onnx'), '--arrivals', 'poisson:20', '--duration-s', '10');
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const reports = (...names: readonly string[]) => names.flatMap((name) => ['--report', at(name)]);

async function bundle(name: string, ...given: readonly string[]) {
  const made = await pareto('bundle', model, '--targets', 'fastapi', '-o', at(name), '--json', ...given);
  const read = async (file: string) => JSON.parse(await readFile(path.join(at(name), file), 'utf8')) as never;
  const states = new Map(
    ((await read('evidence/checklist.json')) as readonly ChecklistItem[]).map(({ id, state }) => [id, state]),
  );
  return {
    result: JSON.parse(made.stdout) as { readonly notes: readonly string[]; readonly batching: object },
    read,
    states,
  };
}

it('ticks the checks that evaluate and simulate measured on the same bytes', async () => {
  const given = ['--variant', at('variant.onnx'), ...reports('evaluation.json', 'simulation.json')];
  const { result, read, states } = await bundle('deployed', ...given);
  for (const id of ['accuracy', 'serving']) expect([id, states.get(id)]).toEqual([id, 'done']);
  expect(await read('evidence/benchmark_comparison.json')).toMatchObject({
    baseline: { execution_provider: null, parameters: { total_parameters: 6572 } },
    accuracy: { baseline: { samples: 797 }, optimized: { samples: 797, difference: { metric: 'top1' } } },
  });
  expect(await read('evidence/metadata.json')).toMatchObject({
    optimizations: { quantization: true },
    batching: { joining: 'approximate' },
    data: { name: 'digits-evaluation.npz' },
  });
  expect(await read('evidence/simulation.json')).toMatchObject({ model: 'variant.onnx', policy: { maxBatch: 1 } });
  expect(result.batching).toMatchObject({ joining: 'approximate' });
});

it('ticks nothing by figures of other bytes, and says whose they are', async () => {
  const { result, states } = await bundle('other', ...reports('simulation.json'));
  expect(states.get('serving')).toBe('open');
  expect(result.notes[0]).toBe('The simulation measured variant.onnx, which is not in this bundle.');
});

it('names the file and the position of damage in a document', async () => {
  await writeFile(at('damaged.json'), JSON.stringify({ device: null, models: [], cells: [{}], comparison: [] }));
  const refused = await pareto('bundle', model, '-o', at('x'), ...reports('damaged.json'));
  expect(refused.status).toBe(1);
  expect(refused.stderr).toContain('damaged.json is not a document of this Pareto');
  expect(refused.stderr).toContain('device is missing or wrong');
});
