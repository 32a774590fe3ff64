/** The page names the task that then evaluates the outputs, in whatever form the data holds its labels. */
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { grayPng } from '../cli/testing/brightness.ts';
import { detectorModel, makeLabeledPictures } from '../cli/testing/detector.ts';
import { joinParts } from '../src/engine/onnx/codec/encode.ts';
import { encodeFiles } from '../src/engine/onnx/codec/encode-files.ts';
import { floatTensor, graph, model, node, valueInfo } from '../src/engine/onnx/testing/build.ts';
import { drop } from './support/drop.ts';
import { encodeNpz } from './support/npz.ts';
import { waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';
import { productOf } from '../src/engine/product-of.ts';

/** A linear model of two numbers or of pictures of 8 × 8, with `scores` scores for each sample. */
function linearModel(shape: readonly number[], scores: number, leastWeight = -2): Buffer {
  const values = productOf(shape);
  const weights = Float32Array.from({ length: values * scores }, (_, at) => ((at * 7) % 5) + leastWeight);
  const main = graph({
    nodes: [node('Flatten', ['x'], ['flat']), node('MatMul', ['flat', 'w'], ['y'])],
    initializers: [floatTensor('w', [values, scores], weights)],
    inputs: [valueInfo('x', ['N', ...shape])],
    outputs: [valueInfo('y', ['N', scores])],
  });
  return Buffer.from(joinParts(encodeFiles(model(main), { storage: 'auto', dataFileName: 'w.data' }).model));
}

const parquet = fileURLToPath(
  new URL('../src/engine/data/readers/fixtures/hub/train-00000-of-00002.parquet', import.meta.url),
);
const rows = Array.from({ length: 30 }, (_, at) => [at / 3, (at * 5) % 7]);

function table(labelOf: (at: number) => number | string): string {
  return ['a,b,target', ...rows.map((row, at) => [...row, labelOf(at)].join(','))].join('\n');
}

function arrays(descr: string, labels: ArrayBufferView): Uint8Array {
  return encodeNpz({
    x: { descr: '<f4', shape: [rows.length, 2], values: Float32Array.from(rows.flat()) },
    y: { descr, shape: [rows.length], values: labels },
  });
}

test.describe('the task that the page names', () => {
  let folder = '';
  const place = (name: string): string => path.join(folder, name);
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-task-'));
    await writeFile(place('one.onnx'), linearModel([2], 1));
    // The page asks whether to continue with a model that it has results of, once these are saved.
    await writeFile(place('another.onnx'), linearModel([2], 1, -1));
    await writeFile(place('three.onnx'), linearModel([2], 3));
    await writeFile(place('one-of-pictures.onnx'), linearModel([1, 8, 8], 1));
    await writeFile(place('one-of-colors.onnx'), linearModel([3, 8, 8], 1));
    await writeFile(
      place('classes.csv'),
      table((at) => at % 3),
    );
    await writeFile(
      place('yes-or-no.csv'),
      table((at) => at % 2),
    );
    await writeFile(
      place('amounts.csv'),
      table((at) => at / 4),
    );
    await copyFile(parquet, place('pictures.parquet'));
    const ofThree = Float32Array.from(rows, (_, at) => at % 3);
    await writeFile(place('classes.npz'), arrays('<f4', ofThree));
    await writeFile(
      place('yes-or-no.npz'),
      arrays(
        '<i4',
        Int32Array.from(rows, (_, at) => at % 2),
      ),
    );
    for (const [at, name] of ['cat', 'dog', 'cat', 'dog'].entries()) {
      await mkdir(place(`folders/${name}`), { recursive: true });
      await writeFile(place(`folders/${name}/${at}.png`), grayPng(8, at * 50));
    }
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  const shown = {
    tables: [
      ['three.onnx', 'classes.csv', 'Classification', 'as classes'],
      ['one.onnx', 'yes-or-no.csv', 'Yes or no', 'as yes/no'],
      ['another.onnx', 'amounts.csv', 'Regression', 'as numbers'],
      ['one-of-colors.onnx', 'pictures.parquet', 'Yes or no', 'as yes/no'],
    ],
    'arrays and folders': [
      ['three.onnx', 'classes.npz', 'Classification', 'as classes'],
      ['one.onnx', 'yes-or-no.npz', 'Yes or no', 'as yes/no'],
      ['one-of-pictures.onnx', 'folders', 'Yes or no', 'as yes/no'],
    ],
  } as const;
  for (const [kind, all] of Object.entries(shown)) {
    test(`is the one that ${kind} are evaluated by`, async ({ page }) => {
      for (const [modelFile, data, task, evaluatedAs] of all) {
        await test.step(`“${task}” for ${data}`, async () => {
          await page.goto('./');
          await drop(page, place(modelFile), place(data));
          const labels = page.getByRole('group', { name: 'Labels and task' });
          await expect(labels).toBeVisible();
          // At once, not corrected later.
          expect(await labels.getByRole('combobox', { name: 'Task' }).inputValue()).toBe(`${task} (detected)`);
          await expect(labels.getByRole('group', { name: 'Class order' })).toHaveCount(task === 'Regression' ? 0 : 1);
          await page.getByTestId('evaluate').click();
          await waitForEvaluation(page);
          await expect(page.getByText(/^Evaluated: output "y"/)).toContainText(evaluatedAs);
          await expect(labels.getByRole('combobox', { name: 'Task' })).toHaveValue(`${task} (detected)`);
        });
      }
    });
  }

  test('is detection for labels that are boxes, and measures mAP', async ({ page }) => {
    await writeFile(place('detector.onnx'), detectorModel());
    makeLabeledPictures(place('boxes'));
    await page.goto('./');
    await drop(page, place('detector.onnx'), place('boxes/coco'));
    const labels = page.getByRole('group', { name: 'Labels and task' });
    await expect(labels.getByRole('combobox', { name: 'Task' })).toHaveValue('Detection (detected)');
    await expect(page.getByRole('combobox', { name: 'Object score' })).toHaveValue('detected');
    await page.getByTestId('evaluate').click();
    await waitForEvaluation(page);
    await expect(page.getByText('Evaluated: output "output0" as boxes.')).toBeVisible();
    const results = page.getByRole('group', { name: 'Results of every variant' });
    await expect(results).toContainText('mAP@50:95');
    await expect(results).toContainText(/100\.0\s%/);
  });

  test('follows the labels that a person chooses', async ({ page }) => {
    await writeFile(place('two.csv'), table((at) => `${at % 2},${at / 4}`).replace('target', 'target,price'));
    await page.goto('./');
    await drop(page, place('one.onnx'), place('two.csv'));
    const labels = page.getByRole('group', { name: 'Labels and task' });
    const task = labels.getByRole('combobox', { name: 'Task' });
    await expect(task).toHaveValue('Yes or no (detected)');
    await labels.getByRole('combobox', { name: 'Labels' }).click();
    await page.getByRole('option', { name: /^price/ }).click();
    await expect(task).toHaveValue('Regression (detected)');
    await labels.getByRole('combobox', { name: 'Labels' }).click();
    await page.getByRole('option', { name: /^target/ }).click();
    await expect(task).toHaveValue('Yes or no (detected)');
  });
});
