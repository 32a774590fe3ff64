/** Real data: by drop and with a sample, mapped, looked at, and what every variant is worth on it. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { grayPng } from '../cli/testing/brightness.ts';
import { expectNoViolations } from './support/accessibility.ts';
import { correctOf, readConfusion } from './support/confusion.ts';
import { drop } from './support/drop.ts';
import { expectNoSidewaysScroll, looks, oppositeLooks, wear } from './support/looks.ts';
import { percent } from './support/percent.ts';
import { writePictures } from './support/pictures.ts';
import { sample } from './support/samples.ts';
import { waitForSaving } from './support/storage.ts';
import {
  choosePreset,
  copyLink,
  expectOpen,
  goTo,
  openFile,
  openSample,
  reportOfLink,
  runRecipe,
  waitForEvaluation,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

async function evaluate(page: Page): Promise<void> {
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
}

test.describe('data that is dropped', () => {
  let folder = '';
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-data-'));
    await writePictures(path.join(folder, 'few-clothes'), { mostOfEach: 3 });
    await writeFile(path.join(folder, 'broken.zip'), Buffer.from('PK\u0003\u0004 and then nothing that a zip has'));
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('a folder of labeled pictures is mapped, previewed, and gives the accuracy of its source arrays', async ({
    page,
  }) => {
    const model = sample('fashion-cnn');
    const { correct, total } = model.data!.recorded.evaluationTop1;
    // Thousands, which no other test needs: each process of tests prepares a folder of its own.
    await writePictures(path.join(folder, 'clothes'));
    await page.goto('./');
    await openFile(page, model.path);
    await expectOpen(page, model.file);
    await drop(page, path.join(folder, 'clothes'));
    await expect(page.getByRole('heading', { level: 1 })).toContainText('clothes');
    await expect(page.getByText(`${total.toLocaleString('en')} samples · pictures`)).toBeVisible();

    const mapping = page.getByRole('region', { name: 'Mapping' });
    await mapping.getByRole('combobox', { name: 'Preprocessing' }).click();
    await page.getByRole('option', { name: 'Unscaled pixels' }).click();
    await expect(mapping.getByText('28 × 28, NCHW, gray')).toBeVisible();

    await mapping.getByRole('button', { name: 'Adjust settings' }).click();
    for (const [name, typed, sentence] of [
      ['Mean', '0.5, 0.5', 'Takes one number.'],
      ['Std', '0', 'Takes one number, not 0.'],
      ['Width', '0', 'Takes a whole number from 1 to 8,192.'],
    ] as const) {
      const field = mapping.getByRole('textbox', { name, exact: true });
      const before = await field.inputValue();
      await field.fill(typed);
      await expect(field).toHaveAccessibleDescription(sentence);
      await field.blur();
      await expect(field).toHaveValue(before);
    }

    const preview = page.getByRole('region', { name: 'Preview' });
    await expect(preview.getByRole('img')).toHaveCount(2);
    await expect(preview.getByText('float32 [1, 1, 28, 28]')).toBeVisible();
    await expect(preview.getByTestId('preview-label')).toHaveText('Label 0');
    await preview.getByRole('textbox', { name: 'Sample' }).fill(String(total));
    await expect(preview.getByTestId('preview-label')).toHaveText('Label 9');

    // All of the data is evaluated unless a person sets some of it aside.
    await evaluate(page);
    await expect(page.getByTestId('result-original')).toContainText(percent(correct, total));
    expect(correctOf(await readConfusion(page))).toBe(correct);

    await page.getByRole('textbox', { name: 'Calibration samples' }).fill('128');
    await expect(page.getByTestId('result-original')).toContainText('evaluate again');
    await page.keyboard.press('Control+z');
    await expect(page.getByTestId('result-original')).not.toContainText('evaluate again');
  });

  test('a damaged first picture is named, the next one is previewed, and the report counts it as skipped', async ({
    page,
  }) => {
    const pictures = path.join(folder, 'damaged');
    for (let index = 0; index < 6; index++) {
      const place = path.join(pictures, String(index % 2));
      await mkdir(place, { recursive: true });
      const png = grayPng(28, index * 40);
      await writeFile(path.join(place, `${index}.png`), index === 0 ? png.subarray(0, 20) : png);
    }
    await page.goto('./');
    await drop(page, sample('fashion-cnn').path, pictures);
    const preview = page.getByRole('region', { name: 'Preview' });
    await expect(preview).toContainText('0/0.png');
    await expect(preview).toContainText('Showing sample 2, the first that can be read');
    await expect(preview.getByRole('textbox', { name: 'Sample' })).toHaveValue('2');
    await preview.getByRole('button', { name: 'Previous sample' }).click();
    await expect(preview.getByRole('alert')).toContainText('0/0.png');

    await evaluate(page);
    await goTo(page, 'Report');
    await expect(page.getByText('5 of 6 evaluated, 1 skipped because it could not be read or used')).toBeVisible();
  });

  test('a corrupt zip is refused with a sentence, and nothing changes', async ({ page }) => {
    await openSample(page, 'digits-mlp');
    await goTo(page, 'Data');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('digits-evaluation.npz');
    await drop(page, path.join(folder, 'broken.zip'));
    await expect(page.getByRole('alert')).toContainText('broken.zip');
    await expect(page.getByRole('heading', { level: 1 })).toContainText('digits-evaluation.npz');
    await expect(page.getByTestId('evaluate')).toBeEnabled();
  });

  test('a model and a folder of data that are dropped together open one after the other', async ({ page }) => {
    await page.goto('./');
    await drop(page, sample('fashion-cnn').path, path.join(folder, 'few-clothes'));
    await expect(page.getByRole('heading', { level: 1 })).toContainText('few-clothes');
    await expect(page.getByRole('banner')).toContainText('fashion-cnn.onnx');
    await expect(page.getByTestId('preview-label')).toBeVisible();
  });

  test('data without a model is kept until there is one', async ({ page }) => {
    await page.goto('./');
    await drop(page, path.join(folder, 'few-clothes'));
    await expect(page.getByRole('region', { name: 'Notices' })).toContainText(
      'Kept few-clothes: open a model to use it as data.',
    );
    await openFile(page, sample('fashion-cnn').path);
    await expect(page.getByRole('heading', { level: 1 })).toContainText('few-clothes');
  });
});

test('a sample opens with its data, and its recorded accuracy survives a reload and the link', async ({ page }) => {
  const { correct, total } = sample('digits-mlp').data!.recorded.evaluationTop1;
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await page.keyboard.press('e');
  await waitForEvaluation(page);
  await expect(page.getByTestId('result-original')).toContainText(percent(correct, total));
  await expect(page.getByTestId('result-variant-1')).toContainText(/difference|points/);
  await page.getByText('original', { exact: true }).last().click();
  await expect.poll(async () => correctOf(await readConfusion(page))).toBe(correct);

  await goTo(page, 'Studio');
  const tile = page.getByRole('region', { name: 'Top-1 accuracy' });
  await expect(tile).toContainText(`${total} samples`);
  await expect(page.getByTestId('headline')).toContainText(/top-1 accuracy .* on 797 samples/);
  const verdict = page.getByTestId('verdict');
  await expect(verdict).toHaveAttribute('data-word', 'within');
  await expect(verdict).toContainText(
    /no measurable accuracy loss|same accuracy|\bwithin the default limit of 1 point/i,
  );
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expect(page.getByText(/^Sizes and outputs are known\. Benchmark to see how fast/)).toBeVisible();
  const report = await reportOfLink(await copyLink(page));
  expect(report.evaluationData).toMatchObject({ name: 'digits-evaluation.npz', samples: total });
  const original = report.evaluations?.find(({ variant }) => variant === 'original');
  expect(original?.metrics['top1']?.value).toBe(correct / total);

  await waitForSaving(page);
  await page.goto('./#data');
  await page.reload();
  await expect(page.getByTestId('result-original')).toContainText(percent(correct, total));
  await expect(page.getByTestId('preview-label')).toBeVisible();
});

test('axe finds nothing to object to on the Data screen, and it never scrolls sideways', async ({ page }) => {
  const check = async (state: string): Promise<void> => {
    for (const look of oppositeLooks) {
      await wear(page, look);
      await expectNoViolations(page, `${state}, ${look.name}`);
      await expectNoSidewaysScroll(page, `${state}, ${look.name}`);
    }
    await page.setViewportSize(looks[0]!.viewport);
  };
  await page.emulateMedia({ reducedMotion: 'reduce' });
  await openSample(page, 'digits-mlp');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await goTo(page, 'Data');
  await expect(page.getByTestId('preview-label')).toBeVisible();
  await check('mapped');
  await evaluate(page);
  await check('evaluated');
  await page.getByRole('button', { name: 'Change data' }).click();
  await page.getByRole('menuitem', { name: 'Remove data' }).click();
  await expect(page.getByRole('region', { name: 'Choose data' })).toBeVisible();
  await check('empty');
});
