/** Browsers that lack something: the main job works, and one sentence names what does not. */
import type { Page } from '@playwright/test';
import { sample } from './support/samples.ts';
import {
  choosePreset,
  downloadVariant,
  expectOpen,
  measureOn,
  openSample,
  runRecipe,
  variantRows,
} from './support/steps.ts';
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

test('a browser that blocks storage and locks runs the main job', async ({ page }) => {
  await page.addInitScript(() => {
    const denied = () => new DOMException('Denied.', 'SecurityError');
    const blocked = {
      get(): Storage {
        throw denied();
      },
    };
    Object.defineProperty(window, 'localStorage', { ...blocked, configurable: true });
    Object.defineProperty(window, 'sessionStorage', { ...blocked, configurable: true });
    navigator.storage.getDirectory = () => Promise.reject(denied());
    navigator.locks.request = () => Promise.reject(denied());
    window.BroadcastChannel = class extends BroadcastChannel {
      constructor(name: string) {
        super(name);
        throw denied();
      }
    };
  });
  await openSample(page, 'ppocr-classifier');
  await expect(page.getByRole('alert').filter({ hasText: 'Your work is not saved' })).toBeVisible();
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await measureOn(page, ['wasm'], 120_000);
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

const check = (page: Page) => page.locator('#browser-check');

test('a page over plain HTTP names missing features and does the main job', async ({
  page: usual,
  browser,
  baseURL,
}) => {
  const elsewhere = 'http://pareto.test/';
  const context = await browser.newContext({ reducedMotion: 'reduce' });
  const page = await context.newPage();
  await page.route(`${elsewhere}**`, async (route) => {
    const response = await route.fetch({ url: route.request().url().replace(elsewhere, baseURL!) });
    await route.fulfill({ response });
  });
  await page.goto(elsewhere);
  expect(await page.evaluate(() => [isSecureContext, 'locks' in navigator, 'subtle' in crypto])).toEqual([
    false,
    false,
    false,
  ]);
  await expect(check(page)).toContainText('plain HTTP, where browsers offer no threads, no WebGPU, no saved work');
  await page.getByRole('button', { name: sample('fashion-transformer').title }).click();
  await expectOpen(page, sample('fashion-transformer').file);
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  const over = await downloadVariant(page);
  await measureOn(page, ['wasm']);
  await expect(page.getByRole('alert')).toHaveCount(1);
  await check(page).getByRole('button', { name: 'Close' }).click();
  await expect(check(page)).toBeHidden();
  await context.close();

  await openSample(usual, 'fashion-transformer');
  await expect(check(usual)).toBeHidden();
  await choosePreset(usual, 'int8-dynamic');
  await runRecipe(usual);
  const { bytes } = await downloadVariant(usual);
  expect(Buffer.from(over.bytes).equals(Buffer.from(bytes))).toBe(true);
});

test('a page in an old browser names missing features and those that work', async ({ page }) => {
  await page.addInitScript(() => Reflect.deleteProperty(AbortSignal, 'any'));
  await page.goto('./');
  await expect(check(page)).toContainText('this browser lacks AbortSignal.any:');
  await expect(check(page)).toContainText('the command line still work');
});
