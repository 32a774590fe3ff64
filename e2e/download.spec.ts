/** How a variant is downloaded: the same bytes as the command line writes, in either form. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import type { Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { pareto } from './support/command-line.ts';
import { arrowTo } from './support/keyboard.ts';
import { sample } from './support/samples.ts';
import { waitForSaving } from './support/storage.ts';
import {
  choosePreset,
  chooserOfFiles,
  type DownloadedFile,
  downloadVariant,
  expectOpen,
  fileOfDownload,
  openSample,
  runRecipe,
  variantRows,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

const transformer = sample('fashion-transformer');
const base = 'fashion-transformer_quantized';

function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Takes a form from the menu beside the button, by keyboard, and waits for the file. */
function downloadAs(page: Page, form: string): Promise<DownloadedFile> {
  return fileOfDownload(page, async () => {
    await page.getByRole('button', { name: 'Ways to download' }).press('Enter');
    await arrowTo(page, page.getByRole('menuitem', { name: form }));
    await page.keyboard.press('Enter');
  });
}

test.describe('a download', () => {
  let folder = '';
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-download-'));
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('as one file and with a data file has the bytes that the command line writes', async ({ page }) => {
    await openSample(page, transformer.id);
    await choosePreset(page, 'int8-dynamic');
    await runRecipe(page);
    const undo = page.getByRole('button', { name: 'Undo' });
    const undoBefore = await undo.getAttribute('title');

    const single = await downloadAs(page, 'One file');
    expect(single.name).toBe(`${base}.onnx`);
    const quantized = ['--pass', 'quantize-dynamic'];
    const singlePath = path.join(folder, 'single.onnx');
    await pareto('optimize', transformer.path, '-o', singlePath, ...quantized);
    expect(sha256Of(single.bytes)).toBe(sha256Of(await readFile(singlePath)));

    const packed = await downloadAs(page, 'Model and data file');
    expect(packed.name).toBe(`${base}.zip`);
    // It goes by itself, before the command line is through.
    await expect(page.getByRole('region', { name: 'Notices' })).toContainText('Keep the two in one folder');
    const files = unzipSync(packed.bytes);
    expect(Object.keys(files).toSorted()).toEqual([`${base}.onnx`, `${base}.onnx.data`]);
    await pareto(
      'optimize',
      transformer.path,
      '-o',
      path.join(folder, `${base}.onnx`),
      ...quantized,
      '--external-data',
    );
    for (const [name, bytes] of Object.entries(files)) {
      expect(sha256Of(bytes), name).toBe(sha256Of(await readFile(path.join(folder, name))));
    }

    // Nothing that a person did, and nothing that the variant is: the button still gives one file.
    expect(await undo.getAttribute('title')).toBe(undoBefore);
    await expect(variantRows(page)).toHaveCount(2);
    expect(sha256Of((await downloadVariant(page)).bytes)).toBe(sha256Of(single.bytes));
  });

  test('with a data file works after a reload, of a model that came with one itself', async ({ page }) => {
    const pruned = ['--pass', 'prune-weights'];
    const opened = path.join(folder, 'parts');
    await pareto(
      'optimize',
      transformer.path,
      '-o',
      `${opened}.onnx`,
      ...pruned,
      '--set',
      'amount=0',
      '--external-data',
    );
    await page.goto('./');
    await chooserOfFiles(page).setInputFiles([`${opened}.onnx`, `${opened}.onnx.data`]);
    await expectOpen(page, 'parts.onnx');
    await choosePreset(page, 'int8-dynamic');
    await runRecipe(page);
    await waitForSaving(page);
    await page.reload();
    await expect(page.getByTestId('headline')).toContainText('int8 (dynamic): ');

    const files = unzipSync((await downloadAs(page, 'Model and data file')).bytes);
    const expected = path.join(folder, 'parts_quantized.onnx');
    await pareto('optimize', `${opened}.onnx`, '-o', expected, '--pass', 'quantize-dynamic', '--external-data');
    expect(Object.keys(files)).toHaveLength(2);
    for (const [name, bytes] of Object.entries(files)) {
      expect(sha256Of(bytes), name).toBe(sha256Of(await readFile(path.join(folder, name))));
    }
    // The download opens again as a model.
    await chooserOfFiles(page).setInputFiles([expected, `${expected}.data`]);
    await page.getByRole('button', { name: 'Replace' }).click();
    await expectOpen(page, 'parts_quantized.onnx');
  });
});
