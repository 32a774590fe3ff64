/** Evaluations that no other spec runs to the end: of sounds and state, on WebGPU, against recorded outputs, and stopped. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from '@playwright/test';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode.ts';
import { graph, model, node, valueInfo } from '../src/engine/onnx/testing/build.ts';
import { correctOf, readConfusion } from './support/confusion.ts';
import { drop } from './support/drop.ts';
import { encodeFloatTensor } from './support/tensor-proto.ts';
import { cancelOnceUnderWay, goTo, openSample, waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';
import { buzzOf, encodeWav, type WavFormat } from './support/wav.ts';

const detector = fileURLToPath(new URL('../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx', import.meta.url));

const texts = fileURLToPath(new URL('../cli/fixtures/texts', import.meta.url));

let folder = '';
test.beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-evaluation-'));
});
test.afterAll(() => rm(folder, { recursive: true, force: true }));

async function write(name: string, bytes: Uint8Array): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true });
  await writeFile(path.join(folder, name), bytes);
}

async function chooseProvider(page: Page, name: string): Promise<void> {
  await page.getByRole('combobox', { name: 'Runs on' }).click();
  await page.getByRole('option', { name, exact: true }).click();
}

test('sounds of every kind feed a model with state; stopped in the middle, the evaluation begins anew', async ({
  page,
}) => {
  const formats: readonly WavFormat[] = ['pcm8', 'pcm16', 'pcm24', 'pcm32', 'float32'];
  for (const [index, rateHz] of [8000, 16000, 22050, 44100, 48000].entries()) {
    const format = formats[index]!;
    const seconds = 8;
    await write(`sounds/0 silence/${format}.wav`, encodeWav(new Float32Array(rateHz * seconds), rateHz, format));
    await write(`sounds/1 buzz/${format}.WAV`, encodeWav(buzzOf(seconds, rateHz), rateHz, format));
  }
  await page.goto('./');
  await drop(page, detector, path.join(folder, 'sounds'));
  await expect(page.getByRole('heading', { level: 1 })).toContainText('sounds');
  await expect(page.getByText('10 samples · sounds')).toBeVisible();
  await expect(page.getByRole('region', { name: 'Preview' })).toContainText('float32 [1, 512]');

  const canceled = cancelOnceUnderWay(page);
  await page.getByTestId('evaluate').click();
  await canceled;
  await expect(page.getByTestId('evaluate')).toHaveText('Evaluate the original');
  await expect(page.getByTestId('result-original')).toHaveCount(0);

  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  await expect(page.getByTestId('result-original').getByRole('cell').last()).toHaveText('10');
  // The detector hears speech in nothing, whatever the rate and the width of the values.
  const [silence] = await readConfusion(page);
  expect(silence).toEqual([5, 0]);
});

test('digits are classified on WebGPU as on WASM, sample by sample', async ({ page }) => {
  // A processor that plays the GPU takes its time: a seeded part of the samples says as much.
  const samples = 64;
  await openSample(page, 'digits-mlp');
  await goTo(page, 'Data');
  await page.getByRole('checkbox', { name: /^All / }).uncheck();
  await page.getByRole('textbox', { name: 'Evaluation samples' }).fill(String(samples));
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  const onWasm = await readConfusion(page);
  await chooseProvider(page, 'WebGPU');
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  await expect(page.getByRole('region', { name: 'Results' })).toContainText('WebGPU');
  await expect.poll(() => readConfusion(page)).toEqual(onWasm);
  expect(onWasm.flat().reduce((sum, count) => sum + count, 0)).toBe(samples);
});

/** A model that doubles its input, and two sets of test data, laid out as ONNX's model zoo does. */
async function writeDoubling(name: string): Promise<void> {
  const doubling = graph({
    nodes: [node('Add', ['x', 'x'], ['y'])],
    inputs: [valueInfo('x', ['N', 2])],
    outputs: [valueInfo('y', ['N', 2])],
  });
  await write(`${name}/model.onnx`, joinParts(encodeModel(model(doubling))));
  for (const set of [0, 1]) {
    await write(`${name}/test_data_set_${set}/input_0.pb`, encodeFloatTensor('x', [1, 2], [set, 1]));
    await write(`${name}/test_data_set_${set}/output_0.pb`, encodeFloatTensor('y', [1, 2], [2 * set + set / 8, 2]));
  }
}

test('a folder of model and data opens both, as test data or as texts with a tokenizer', async ({ page }) => {
  await writeDoubling('zoo');
  await page.goto('./');
  await drop(page, path.join(folder, 'zoo'));
  await expect(page.getByText('2 samples · ONNX test data')).toBeVisible();
  await expect(page.getByRole('banner')).toContainText('model.onnx');

  const { correct, total } = JSON.parse(await readFile(path.join(texts, 'cases.json'), 'utf8')) as {
    readonly correct: number;
    readonly total: number;
  };
  await drop(page, texts);
  await expect(page.getByText(`${total} samples · table (CSV)`)).toBeVisible();
  const preview = page.getByRole('region', { name: 'Preview' });
  await expect(preview.getByRole('list', { name: 'Tokens' }).getByRole('listitem').first()).toHaveText('[CLS]');
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  // The counts are those of Python with the ids of its own tokenizer.
  expect(correctOf(await readConfusion(page))).toBe(correct);
});

test('outputs are compared with those that test data of ONNX models records', async ({ page }) => {
  await writeDoubling('double');
  await page.goto('./');
  await drop(page, path.join(folder, 'double/model.onnx'));
  await drop(page, path.join(folder, 'double/test_data_set_0'), path.join(folder, 'double/test_data_set_1'));
  await expect(page.getByText('2 samples · ONNX test data')).toBeVisible();
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  await expect(page.getByRole('columnheader', { name: 'Recorded outputs' })).toBeVisible();
  const recorded = page.getByRole('region', { name: 'Match with recorded outputs of original' });
  // 12.515625 of signal (2² + 2.125² + 2²) over 0.125² of error: 29.0 dB.
  await expect(recorded.getByRole('row').last()).toContainText(/y.*29\s*dB.*1\.25e-1|0\.125/);
});
