/** A model that another tool made is measured, evaluated and compared like those that Pareto makes. */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { pareto } from './support/command-line.ts';
import { sample } from './support/samples.ts';
import {
  copyLink,
  downloadVariant,
  goTo,
  measureOn,
  openFile,
  openSample,
  reportOfLink,
  variantRows,
  waitForEvaluation,
} from './support/steps.ts';
import { waitForSaving } from './support/storage.ts';
import { expect, test } from './support/test.ts';

const sha256Of = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

test.describe('a file of another tool', () => {
  let folder = '';
  test.beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-compare-'));
  });
  test.afterAll(() => rm(folder, { recursive: true, force: true }));

  test('opens as a variant, with its measurements in the report, and stays after a reload', async ({ page }) => {
    const theirs = path.join(folder, 'theirs.onnx');
    await pareto('optimize', sample('digits-mlp').path, '-o', theirs, '--pass', 'quantize-dynamic');
    await hurryClockOfBenchmarks(page, 8);
    await openSample(page, 'digits-mlp');
    await openFile(page, theirs);
    await page.getByRole('dialog').getByRole('button', { name: 'Compare', exact: true }).click();
    await expect(variantRows(page)).toHaveCount(2);
    await expect(page.getByTestId('headline')).toContainText('theirs: ');
    await measureOn(page, ['wasm']);
    await goTo(page, 'Data');
    await page.getByTestId('evaluate').click();
    await waitForEvaluation(page);
    const report = await reportOfLink(await copyLink(page));
    const [variant] = report.variants;
    expect(variant).toMatchObject({ name: 'theirs', fromFile: 'theirs.onnx', passes: [] });
    expect(report.comparisons).toHaveLength(1);
    expect(report.evaluations?.map(({ variant: id }) => id)).toContain(variant!.id);
    await page.getByRole('tab', { name: 'Graph' }).click();
    await expect(page.getByTestId('graph-difference')).toContainText('only in the variant');
    await waitForSaving(page);
    await page.reload();
    await expect(page.getByTestId('headline')).toContainText('theirs: ');
    const downloaded = await downloadVariant(page);
    expect(downloaded.name).toBe('theirs.onnx');
    expect(sha256Of(downloaded.bytes)).toBe(sha256Of(await readFile(theirs)));
  });

  test('is refused by the name of the difference', async ({ page }) => {
    await openSample(page, 'digits-mlp');
    const chosen = page.waitForEvent('filechooser');
    await page.getByRole('button', { name: 'Compare with a file' }).click();
    await (await chosen).setFiles(sample('fashion-cnn').path);
    await expect(page.getByRole('region', { name: 'Notices' })).toContainText(
      'cannot be compared with digits-mlp.onnx',
    );
    await expect(variantRows(page)).toHaveCount(1);
  });
});
