/** The guide's script in one command: each step's result is kept, and a limit that is exceeded ends it before the bundle. */
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ChecklistItem } from '../src/engine/deploy/checklist';
import { parseDeployPlan } from './servers/deploy-plan';
import { runHere } from './testing/run-here';

const root = path.resolve(import.meta.dirname, '..');
const sample = (name: string) => path.join(root, 'public/samples', name);

let folder = '';
const at = (name: string) => path.join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-deploy-'));
});

afterAll(() => rm(folder, { recursive: true, force: true }));

const plan = {
  model: sample('digits-mlp.onnx'),
  output: 'release',
  optimize: { pass: ['quantize-dynamic'] },
  evaluate: { data: sample('digits-evaluation.npz'), limit: 100 },
  check: { budget: 'budget.json' },
  bundle: { targets: 'web' },
};

async function deploy(given: object) {
  await writeFile(at('plan.json'), JSON.stringify(given));
  const ran = await runHere(root, 'deploy', '--plan', at('plan.json'), '--json');
  const result = ran.status === 0 ? (JSON.parse(ran.stdout) as { readonly steps: readonly Step[] }) : { steps: [] };
  return { ...ran, states: result.steps.map(({ step, state }) => `${step} ${state}`) };
}

interface Step {
  readonly step: string;
  readonly state: string;
}

it('stops at a limit, and goes on from there once the plan is mended', async () => {
  await writeFile(at('budget.json'), '{"sizeBytes": 100}');
  const stopped = await deploy(plan);
  expect(stopped.status).toBe(1);
  expect(stopped.stderr).toContain('sizeBytes');
  expect(existsSync(at('release/bundle'))).toBe(false);

  await writeFile(at('budget.json'), '{"sizeBytes": 100000}');
  const mended = await deploy(plan);
  expect(mended.states).toEqual(['optimize kept', 'evaluate kept', 'check done', 'bundle done']);
  const checklist = await readFile(at('release/bundle/evidence/checklist.json'), 'utf8');
  const items = new Map((JSON.parse(checklist) as readonly ChecklistItem[]).map(({ id, state }) => [id, state]));
  expect(items.get('optimized')).toBe('done');
  const metadata = await readFile(at('release/bundle/evidence/metadata.json'), 'utf8');
  expect(JSON.parse(metadata)).toMatchObject({ optimizations: { quantization: true, pruning: 0 } });

  expect((await deploy(plan)).states).toEqual(['optimize kept', 'evaluate kept', 'check kept', 'bundle kept']);

  // A recipe of another variant, as a run leaves it that ends between the two files.
  const recipe = await readFile(at('release/recipe.json'), 'utf8');
  await writeFile(at('release/recipe.json'), '{}');
  expect((await deploy(plan)).states).toEqual(['optimize kept', 'evaluate kept', 'check kept', 'bundle done']);
  expect(await readFile(at('release/recipe.json'), 'utf8')).toBe(recipe);
});

it('names the step of an option that is wrong', async () => {
  const { status, stderr } = await deploy({ ...plan, output: 'wrong', optimize: { minutes: 1 } });
  expect(status).toBe(2);
  expect(stderr).toContain("The plan, optimize: Unknown option '--minutes'. See: pareto optimize --help");
});

it('counts paths from the folder of the plan, also that of a Python, but not its bare name', () => {
  const pythonOf = (python: string) =>
    parseDeployPlan(JSON.stringify({ ...plan, 'measure-server': { python } }), at('plan.json'))['measure-server'];
  expect(pythonOf('venv/bin/python')).toEqual({ python: at('venv/bin/python') });
  expect(pythonOf('python3')).toEqual({ python: 'python3' });
});

it('names the key that is wrong, and takes no folder of other files', async () => {
  const { stderr, status } = await deploy({ ...plan, optimized: {} });
  expect([status, stderr]).toEqual([2, expect.stringContaining('optimized is missing, wrong or unknown')]);
  const taken = await deploy({ ...plan, output: '.' });
  expect([taken.status, taken.stderr]).toEqual([1, expect.stringContaining('holds other files')]);
});
