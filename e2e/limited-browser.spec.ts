/** Browsers that lack something: the main job works, and one sentence names what does not. */
import { choosePreset, downloadVariant, openSample, runRecipe, variantRows } from './support/steps.ts';
import { waitForSaving } from './support/storage.ts';
import { expect, test } from './support/test.ts';

test('a private window reports at once that work is not saved, and lists none', async ({ page }) => {
  await page.addInitScript(() => {
    navigator.storage.getDirectory = () => Promise.reject(new DOMException('Denied.', 'SecurityError'));
  });
  await openSample(page, 'ppocr-classifier');
  const banner = page.getByRole('alert').filter({ hasText: 'Your work is not saved: this window cannot store files' });
  await expect(banner).toBeVisible();
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await waitForSaving(page);
  await expect(banner).toBeVisible();
  await page.goto('./#start');
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Recent work' })).toHaveCount(0);
});

test('a browser whose pages cannot write files saves work by a worker', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(FileSystemFileHandle.prototype, 'createWritable'));
  await openSample(page, 'ppocr-classifier');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  const before = await downloadVariant(page);
  await waitForSaving(page);
  await expect(page.getByRole('alert')).toHaveCount(0);
  await page.reload();
  await expect(variantRows(page)).toHaveCount(2);
  const after = await downloadVariant(page);
  expect(Buffer.from(after.bytes).equals(Buffer.from(before.bytes))).toBe(true);
});
