/** What changed on a person's own data: the inputs whose answers moved, with both answers. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Locator, Page } from '@playwright/test';
import { encodePng } from '../cli/testing/brightness.ts';
import { detectorModel, makeLabeledPictures } from '../cli/testing/detector.ts';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode.ts';
import { DataType } from '../src/engine/onnx/data-type.ts';
import { createTensor } from '../src/engine/onnx/tensor.ts';
import { floatTensor, graph, model, node, valueInfo } from '../src/engine/onnx/testing/build.ts';
import { drop } from './support/drop.ts';
import { buzzOf, encodeWav } from './support/wav.ts';
import { wear, expectNoSidewaysScroll, looks } from './support/looks.ts';
import { expectNoViolations } from './support/accessibility.ts';
import {
  choosePreset,
  copyLink,
  goTo,
  openFile,
  openSample,
  openTab,
  runRecipe,
  waitForEvaluation,
} from './support/steps.ts';
import { sample, sampleFile } from './support/samples.ts';
import { expect, test } from './support/test.ts';

let folder = '';
const inFolder = (name: string): string => path.join(folder, name);
test.beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-changed-'));
});
test.afterEach(() => rm(folder, { recursive: true, force: true }));

const picture = fileURLToPath(new URL('../src/engine/data/pictures/fixtures/files/gray.png', import.meta.url));

test('shows the pictures whose class changed, filters them and walks them by keyboard', async ({ page, browser }) => {
  await page.goto('./');
  await openSample(page, 'fashion-cnn');
  await choosePreset(page, 'int2-weights');
  await runRecipe(page);
  await openTab(page, 'Compare');
  await expect(page.getByText('Evaluate the variant to see the inputs whose answers changed.')).toBeVisible();
  await evaluateAndCompare(page);

  const region = page.getByRole('region', { name: 'What changed' });
  await expect(region.getByRole('heading')).toHaveText(/^\d+ of [\d,]+ answers changed: \d+ gained, \d+ lost$/);
  const cards = page.getByTestId('changed-sample');
  await expect(cards.first().getByRole('img', { name: /^Input of/ })).toBeVisible();
  const all = await cards.count();
  await region.getByText('Lost', { exact: true }).first().click();
  await expect(cards.first()).toContainText('Lost');
  expect(await cards.count()).toBeLessThan(all);

  await cards.first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(cards.nth(1)).toBeFocused();

  const tryOut = page.getByTestId('try-out');
  await chooseIn(tryOut, 'Choose a picture', picture);
  await expect(tryOut).toContainText(/ on WASM, one run/);
  await expect(tryOut.getByRole('img', { name: /^Input of/ })).toBeVisible();
  await expect(tryOut.getByRole('list')).toHaveCount(2);

  for (const tick of [0, 1]) await cards.nth(tick).getByRole('checkbox').check();
  await expectNoViolations(page, 'changed samples');
  for (const look of looks) {
    await wear(page, look);
    await expectNoSidewaysScroll(page, 'changed samples and try-out');
    await tryOut.scrollIntoViewIfNeeded();
  }
  await expectReportWithSamples(page, browser, 2);

  await makeWithoutData(page);
  const read = await readersTryOut(page, browser, [sample('fashion-cnn').path]);
  await chooseIn(read, 'Choose a picture', picture);
  await expect(read).toContainText(/ on WASM, one run/);
  await expect(read.getByRole('list')).toHaveCount(2);
  await expect(read).not.toContainText('differs from the report');
});

async function evaluateAndCompare(page: Page): Promise<void> {
  await goTo(page, 'Data');
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  await goTo(page, 'Studio');
  await openTab(page, 'Compare');
}

/** Opens the link of the report in a new profile, which has nothing but the link. */
async function expectReportWithSamples(page: Page, browser: Browser, count: number): Promise<void> {
  const link = await copyLink(page);
  const profile = await browser.newContext();
  const reader = await profile.newPage();
  await reader.goto(link);
  const shown = reader.getByTestId('changed-sample');
  await expect(shown).toHaveCount(count);
  await expect(shown.first().getByRole('img', { name: /^Input of/ })).toHaveJSProperty('complete', true);
  const uri = await shown
    .first()
    .getByRole('img', { name: /^Input of/ })
    .getAttribute('src');
  expect(uri).toMatch(/^data:image\/png;base64,/);
  expect(uri!.length).toBeLessThanOrEqual(20_000);
  await expectNoViolations(reader, 'a report with samples');
  await profile.close();
}

/** A reader of the shared report drops these files on it. Returns the part that then tries both models. */
async function readersTryOut(page: Page, browser: Browser, files: readonly string[]): Promise<Locator> {
  const reader = await (await browser.newContext()).newPage();
  await reader.goto(await copyLink(page));
  const tryOut = reader.getByRole('region', { name: 'Try it side by side' });
  await expect(tryOut.getByRole('button', { name: 'Choose the files' })).toBeVisible();
  await expectNoViolations(reader, 'a report without its models');
  await drop(reader, ...files);
  await expect(tryOut.getByRole('button', { name: 'Choose the files' })).toBeHidden();
  return tryOut;
}

/** Selects a variant that a reader can make again from the original alone. */
async function makeWithoutData(page: Page): Promise<void> {
  await goTo(page, 'Studio');
  await choosePreset(page, 'simplify');
  await runRecipe(page);
}

async function chooseIn(tryOut: Locator, button: string, file: string): Promise<void> {
  const chooser = tryOut.page().waitForEvent('filechooser');
  await tryOut.getByRole('button', { name: button }).click();
  await (await chooser).setFiles(file);
}

/** Opens a model with data and adds another model as its variant, evaluated on the same data. Returns the most changed sample. */
async function compareOn(page: Page, models: readonly [Uint8Array, Uint8Array], data: string, prepare = noStep) {
  const files = [inFolder('original.onnx'), inFolder('other.onnx')] as const;
  for (const [index, file] of files.entries()) await writeFile(file, models[index]!);
  await page.goto('./');
  await drop(page, files[0], inFolder(data));
  await expect(page.getByRole('heading', { level: 1 })).toContainText(data);
  await prepare();
  await goTo(page, 'Studio');
  await openFile(page, files[1]);
  await page.getByRole('dialog').getByRole('button', { name: 'Compare', exact: true }).click();
  await expect(page.getByTestId('headline')).toContainText('other: ');
  await evaluateAndCompare(page);
  return page.getByTestId('changed-sample').first();
}

const noStep = (): Promise<void> => Promise.resolve();

/** One product of a single constant, behind a reshape if there is one. */
function product(
  op: 'Mul' | 'MatMul',
  {
    weights,
    ...shapes
  }: {
    weights: ReturnType<typeof createTensor>;
    input: (string | number)[];
    output: (string | number)[];
    form?: bigint[];
  },
): Uint8Array {
  const form = shapes.form && BigInt64Array.from(shapes.form);
  return joinParts(
    encodeModel(
      model(
        graph({
          nodes: [
            ...(form ? [node('Reshape', ['x', 'form'], ['rows'])] : []),
            node(op, [form ? 'rows' : 'x', 'w'], ['out']),
          ],
          initializers: [
            weights,
            ...(form
              ? [createTensor({ name: 'form', dataType: DataType.int64, dims: [form.length], bytes: form })]
              : []),
          ],
          inputs: [valueInfo('x', shapes.input)],
          outputs: [valueInfo('out', shapes.output)],
        }),
      ),
    ),
  );
}

/** Makes a second of sound quieter. */
function scaling(factor: number): Uint8Array {
  const weights = floatTensor('w', [1], Float32Array.of(factor));
  return product('Mul', { weights, input: ['N', 8000], output: ['N', 8000] });
}

test('shows sounds that a denoiser changed, hears both, and tries another one', async ({ page, browser }) => {
  await mkdir(inFolder('sounds'));
  for (const name of ['one', 'two']) {
    await writeFile(inFolder(`sounds/${name}.wav`), encodeWav(buzzOf(1, 8000), 8000, 'pcm16'));
  }
  const card = await compareOn(page, [scaling(0.9), scaling(0.6)], 'sounds', () =>
    page.getByRole('region', { name: 'Preview' }).getByRole('button', { name: 'Play sound' }).click(),
  );
  await expect(card.getByRole('img', { name: /^sound, peak/ })).toHaveCount(2);
  await card.getByRole('button', { name: 'Run both to hear them' }).click();
  for (const name of ['Play Input', 'Play Original', 'Play Variant']) {
    await card.getByRole('button', { name }).click();
  }
  const tryOut = page.getByTestId('try-out');
  await chooseIn(tryOut, 'Choose a WAV file', inFolder('sounds/two.wav'));
  await expect(tryOut.getByRole('button', { name: 'Play other' })).toBeVisible();

  const read = await readersTryOut(page, browser, [inFolder('original.onnx'), inFolder('other.onnx')]);
  await chooseIn(read, 'Choose a WAV file', inFolder('sounds/two.wav'));
  await expect(read.getByRole('button', { name: 'Play other' })).toBeVisible();
});

test('draws the boxes of both detectors on the picture, lost ones dashed', async ({ page }) => {
  makeLabeledPictures(folder);
  const card = await compareOn(page, [detectorModel(), detectorModel(0.1)], 'coco');
  await expect(page.getByRole('region', { name: 'What changed' }).getByRole('heading')).toHaveText(
    '6 of 6 answers changed',
  );
  await expect(card.getByRole('img', { name: /^Input of/ })).toBeVisible();
  await expect(card.locator('rect')).toHaveCount(2);
  await expect(card.locator('rect[stroke-dasharray]')).toHaveCount(2);
  await expect(card).toContainText('Original2 boxes, 2 without a counterpart');
  await expect(card).toContainText('Variant0 boxes');
});

/** Says whether a pixel is bright: over a half of full brightness times `factor`. */
function masking(factor: number): Uint8Array {
  const weights = floatTensor('w', [1], Float32Array.of(factor));
  return product('Mul', { weights, input: ['N', 1, 64, 64], output: ['N', 1, 64, 64] });
}

test('shows the masks of both models and their difference', async ({ page }) => {
  await mkdir(inFolder('scans'));
  for (const name of ['0', '1']) {
    const pixels = Buffer.from(Uint8Array.from({ length: 64 * 64 }, (_, at) => 4 * (at % 64)));
    await writeFile(inFolder(`scans/${name}.png`), encodePng({ width: 64, height: 64, channels: 1 }, pixels));
  }
  const card = await compareOn(page, [masking(1), masking(0.7)], 'scans');
  await expect(page.getByRole('region', { name: 'What changed' }).getByRole('heading')).toHaveText(
    /^Lowest overlap with the original: \d+(\.\d+)?\s%/,
  );
  await expect(card.getByRole('img', { name: '48 × 48 map' })).toHaveCount(2);
  await expect(card.getByRole('img', { name: 'Difference of both maps' })).toBeVisible();
});

test('shows rows of a table whose class changed, with their labels', async ({ page }) => {
  const rows = Array.from({ length: 40 }, (_, at) => [at / 4, (at * 7) % 9, at % 2].join(','));
  await writeFile(inFolder('flowers.csv'), `long,wide,kind\n${rows.join('\n')}\n`);
  const linear = (...values: number[]) =>
    product('MatMul', {
      weights: floatTensor('w', [2, 2], Float32Array.from(values)),
      input: ['N', 2],
      output: ['N', 2],
    });
  const card = await compareOn(page, [linear(1, 0, 0, 1), linear(1, 0.6, 0, 1)], 'flowers.csv');
  await expect(page.getByRole('region', { name: 'What changed' }).getByRole('heading')).toHaveText(
    /^\d+ of 40 answers changed: /,
  );
  await expect(card).toContainText(/Label: [01]/);
  await expect(card).toContainText(/long: [\d.]+, wide: \d/);
  await goTo(page, 'Data');
  await expect(page.getByRole('region', { name: 'Preview' })).toContainText(/long: [\d.]+, wide: \d/);
  await expect(page.getByTestId('try-out')).toHaveCount(0);
});

/** A reader of lines of 8 steps with 4 characters: the brightest column of a row of pixels is its character. */
function lineReader(...columns: readonly number[]): Uint8Array {
  const weights = Float32Array.from({ length: 16 }, (_, at) => (columns[Math.floor(at / 4)] === at % 4 ? 9 : 0));
  return product('MatMul', {
    weights: floatTensor('w', [4, 4], weights),
    form: [-1n, 8n, 4n],
    input: ['N', 1, 8, 4],
    output: ['N', 8, 4],
  });
}

test('shows both transcriptions with the characters that differ marked', async ({ page }) => {
  await mkdir(inFolder('lines'));
  const texts = ['abca', 'cbab', 'bacb'];
  for (const [index, text] of texts.entries()) {
    // A blank between characters keeps equal neighbors apart.
    const columns = [...text].flatMap((letter) => [0, 1 + 'abc'.indexOf(letter)]);
    const pixels = Buffer.alloc(32);
    columns.forEach((column, row) => (pixels[4 * row + column] = 255));
    await writeFile(inFolder(`lines/${index}.png`), encodePng({ width: 4, height: 8, channels: 1 }, pixels));
  }
  await writeFile(
    inFolder('lines/labels.csv'),
    ['file,text', ...texts.map((text, at) => `${at}.png,${text}`)].join('\n'),
  );
  const card = await compareOn(page, [lineReader(0, 1, 2, 3), lineReader(0, 1, 3, 2)], 'lines', async () => {
    const labels = page.getByRole('group', { name: 'Labels and task' });
    await labels.getByRole('combobox', { name: 'Task' }).click();
    await page.getByRole('option', { name: 'Transcription' }).click();
    await labels.getByRole('button', { name: 'List the classes' }).click();
    await labels.getByRole('textbox', { name: 'One class per line, output 0 first' }).fill('<blank>\na\nb\nc');
    await labels.getByRole('button', { name: 'Use this order' }).click();
  });
  await expect(page.getByRole('region', { name: 'What changed' }).getByRole('heading')).toContainText(
    '3 of 3 answers changed',
  );
  await expect(card.locator('mark')).toHaveCount(2);
  const [before, after] = await card.locator('dd').allTextContents();
  expect(texts).toContain(before);
  expect(after).toBe(before!.replaceAll(/[bc]/g, (letter) => (letter === 'b' ? 'c' : 'b')));
});

test('shows texts that changed, and tries a sentence', async ({ page, browser }) => {
  await page.goto('./');
  await openSample(page, 'writer');
  await choosePreset(page, 'int2-weights');
  await runRecipe(page);
  await evaluateAndCompare(page);
  const card = page.getByTestId('changed-sample').first();
  await expect(card).toContainText(/\w+ \w+ \w+/);
  await trySentence(page.getByTestId('try-out'));
  await makeWithoutData(page);
  const files = [sample('writer').path, sampleFile('writer-tokenizer.json')];
  await trySentence(await readersTryOut(page, browser, files));
});

async function trySentence(tryOut: Locator): Promise<void> {
  await tryOut.getByRole('textbox', { name: 'Text' }).fill('It is a truth');
  await tryOut.getByRole('button', { name: 'Try it' }).click();
  await expect(tryOut).toContainText(/ on WASM, one run/);
}
