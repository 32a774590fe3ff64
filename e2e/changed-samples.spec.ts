/** What changed on a person's own data: the inputs whose answers moved, with both answers. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from '@playwright/test';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode.ts';
import { DataType } from '../src/engine/onnx/data-type.ts';
import { createTensor } from '../src/engine/onnx/tensor.ts';
import { graph, model, node, valueInfo } from '../src/engine/onnx/testing/build.ts';
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
import { expect, test } from './support/test.ts';

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
  const chooser = page.waitForEvent('filechooser');
  await tryOut.getByRole('button', { name: 'Choose a picture' }).click();
  await (await chooser).setFiles(picture);
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

test('shows sounds that a denoiser changed, hears both, and tries another one', async ({ page }) => {
  const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-sounds-'));
  try {
    const file = (name: string) => path.join(folder, name);
    await mkdir(file('sounds'));
    for (const [name, factor] of [
      ['denoiser', 0.9],
      ['quieter', 0.6],
    ] as const) {
      await writeFile(file(`${name}.onnx`), scaling(factor));
    }
    for (const name of ['one', 'two']) {
      await writeFile(file(`sounds/${name}.wav`), encodeWav(buzzOf(1, 8000), 8000, 'pcm16'));
    }
    await page.goto('./');
    await drop(page, file('denoiser.onnx'), file('sounds'));
    await expect(page.getByRole('heading', { level: 1 })).toContainText('sounds');
    await goTo(page, 'Studio');
    await openFile(page, file('quieter.onnx'));
    await page.getByRole('dialog').getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(page.getByTestId('headline')).toContainText('quieter: ');
    await evaluateAndCompare(page);
    const card = page.getByTestId('changed-sample').first();
    await expect(card.getByRole('img', { name: /^sound, peak/ })).toHaveCount(2);
    await card.getByRole('button', { name: 'Run both to hear them' }).click();
    for (const name of ['Play Input', 'Play Original', 'Play Variant']) {
      await card.getByRole('button', { name }).click();
    }
    const tryOut = page.getByTestId('try-out');
    const chooser = page.waitForEvent('filechooser');
    await tryOut.getByRole('button', { name: 'Choose a WAV file' }).click();
    await (await chooser).setFiles(file('sounds/two.wav'));
    await expect(tryOut.getByRole('button', { name: 'Play quieter' })).toBeVisible();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** A model that makes a second of sound quieter. */
function scaling(factor: number): Uint8Array {
  const weight = createTensor({ name: 'w', dataType: DataType.float32, dims: [1], bytes: Float32Array.of(factor) });
  return joinParts(
    encodeModel(
      model(
        graph({
          nodes: [node('Mul', ['audio', 'w'], ['out'])],
          initializers: [weight],
          inputs: [valueInfo('audio', ['N', 8000])],
          outputs: [valueInfo('out', ['N', 8000])],
        }),
      ),
    ),
  );
}

test('shows texts that changed, and tries a sentence', async ({ page }) => {
  await page.goto('./');
  await openSample(page, 'writer');
  await choosePreset(page, 'int2-weights');
  await runRecipe(page);
  await evaluateAndCompare(page);
  const card = page.getByTestId('changed-sample').first();
  await expect(card).toContainText(/\w+ \w+ \w+/);
  const tryOut = page.getByTestId('try-out');
  await tryOut.getByRole('textbox', { name: 'Text' }).fill('It is a truth');
  await tryOut.getByRole('button', { name: 'Try it' }).click();
  await expect(tryOut).toContainText(/ on WASM, one run/);
});
