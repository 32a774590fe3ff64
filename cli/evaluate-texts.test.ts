/** Texts with their tokenizer, as files of the disk: a classifier that Python trained (tools/golden/make-text-classifier.py). */
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runHere } from './testing/run-here';

const made = (name: string): string => join(fileURLToPath(new URL('.', import.meta.url)), 'fixtures/texts', name);
const golden = JSON.parse(readFileSync(made('cases.json'), 'utf8')) as {
  readonly correct: number;
  readonly total: number;
};

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-texts-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Evaluated {
  readonly samples: number;
  readonly metrics: Readonly<Record<string, { readonly value: number }>>;
}

async function evaluate(...given: readonly string[]): Promise<Evaluated> {
  const { status, stdout, stderr } = await runHere(folder, 'evaluate', ...given, '--json');
  expect([status, stderr]).toEqual([0, expect.anything()]);
  return JSON.parse(stdout) as Evaluated;
}

it('give the same accuracy as the ids of the Python package, with either padding', async () => {
  const data = ['--data', made('reviews.csv'), '--tokenizer', made('tokenizer.json')];
  const fixed = await evaluate(made('model.onnx'), ...data);
  expect([fixed.samples, fixed.metrics['top1']?.value]).toEqual([golden.total, golden.correct / golden.total]);
  const inputs = ['input_ids', 'attention_mask', 'token_type_ids'].map((gives) => [
    gives,
    { text: { gives, length: 48, padding: 'longest', array: 'review' } },
  ]);
  const mapping = { inputs: Object.fromEntries(inputs) as unknown, labels: { array: 'sentiment' } };
  writeFileSync(join(folder, 'mapping.json'), JSON.stringify(mapping));
  const longest = await evaluate(made('model.onnx'), ...data, '--mapping', 'mapping.json');
  expect(longest.metrics['top1']?.value).toBe(golden.correct / golden.total);
});

it('find the tokenizer beside the file of the model', async () => {
  const [model, data] = [join(folder, 'net', 'model.onnx'), join(folder, 'elsewhere', 'reviews.csv')];
  for (const path of [model, data]) mkdirSync(dirname(path));
  copyFileSync(made('model.onnx'), model);
  copyFileSync(made('tokenizer.json'), join(folder, 'net', 'tokenizer.json'));
  copyFileSync(made('reviews.csv'), data);
  const found = await evaluate(model, '--data', data);
  expect([found.samples, found.metrics['top1']?.value]).toEqual([golden.total, golden.correct / golden.total]);
});

it('calibrate a pass, and find the tokenizer that lies beside them', async () => {
  for (const name of ['reviews.csv', 'tokenizer.json']) copyFileSync(made(name), join(folder, name));
  const recipe = ['--pass', 'quantize-static', '--set', 'biasCorrection=false', '--samples', '16'];
  const optimized = await runHere(
    folder,
    'optimize',
    made('model.onnx'),
    '-o',
    'int8.onnx',
    ...recipe,
    '--data',
    folder,
  );
  expect(optimized.status).toBe(0);
  expect(optimized.stdout).toContain('Calibrated with 16 samples');
});
