/** The build on other hosts: without headers, in a folder, offline, from the package's command, as an installed app. */
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Browser, Page } from '@playwright/test';
import { createStaticServer, listen } from '../src/runtime/node/static-server.mjs';
import { serveStudio } from '../src/runtime/node/studio-server.ts';
import { prependToWorkers } from './support/clock.ts';
import { sample } from './support/samples.ts';
import {
  choosePreset,
  downloadVariant,
  expectOpen,
  longestJobMs,
  measureOn,
  openSample,
  runRecipe,
  variantRows,
} from './support/steps.ts';
import { waitForSaving } from './support/storage.ts';
import { expect, test } from './support/test.ts';

test.use({ serviceWorkers: 'allow' });

const isIsolated = (page: Page): Promise<boolean> => page.evaluate(() => crossOriginIsolated);

/** Waits until the service worker has stored the page with all that the page needs, and reloads it. */
async function visitAgain(page: Page): Promise<void> {
  const isControlled = (): Promise<boolean> => page.evaluate(() => navigator.serviceWorker.controller !== null);
  await expect.poll(isControlled, { timeout: longestJobMs }).toBe(true);
  await page.reload();
}

function close(server: Server): void {
  server.close();
  server.closeAllConnections();
}

/** Serves the build without headers, in a folder of the host. */
async function withPlainHost(browser: Browser, work: (page: Page, server: Server) => Promise<void>): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'pareto-host-'));
  symlinkSync(path.resolve('dist'), path.join(folder, 'studio'), 'junction');
  const server = createStaticServer(folder, []);
  const baseURL = `http://127.0.0.1:${await listen(server, { port: 0 })}/studio/`;
  const context = await browser.newContext({ baseURL, serviceWorkers: 'allow', reducedMotion: 'reduce' });
  try {
    await work(await context.newPage(), server);
  } finally {
    await context.close();
    close(server);
    rmSync(folder, { recursive: true });
  }
}

test('a folder of a host without headers isolates the page from the second load on, and works offline', async ({
  browser,
}) => {
  await withPlainHost(browser, async (page, server) => {
    await page.goto('./');
    expect(await isIsolated(page)).toBe(false);
    await visitAgain(page);
    expect(await isIsolated(page)).toBe(true);
    await openSample(page, 'digits-mlp');
    await choosePreset(page, 'int8-dynamic');
    await runRecipe(page);
    const { bytes } = await downloadVariant(page);
    await measureOn(page, ['wasm']);
    await waitForSaving(page);

    close(server);
    await page.goto('./#studio');
    await page.reload();
    await expect(variantRows(page)).toHaveCount(2);
    const restored = await downloadVariant(page);
    expect(Buffer.from(restored.bytes).equals(Buffer.from(bytes))).toBe(true);
    await choosePreset(page, 'float16');
    await runRecipe(page);
    await measureOn(page, ['wasm']);
  });
});

test.describe('with no service worker between page and server', () => {
  test.use({ serviceWorkers: 'block' });

  test('a browser without promise integration runs the runtime that the build holds compressed', async ({ page }) => {
    await prependToWorkers(page, String.raw`[\w.]+`, 'delete WebAssembly.Suspending;\n');
    const runtimes: string[] = [];
    await page.route(/ort-wasm[^/]*\.(wasm|packed)$/, (route) => {
      runtimes.push(route.request().url());
      return route.continue();
    });
    await openSample(page, 'digits-mlp');
    await choosePreset(page, 'int8-dynamic');
    await runRecipe(page);
    await measureOn(page, ['webgpu']);
    expect(runtimes.filter((url) => url.endsWith('.packed')).length).toBeGreaterThan(0);
    expect(runtimes.filter((url) => url.includes('.jspi'))).toEqual([]);
    // A worker may be on its way.
    await page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

test.describe('files that reach the page without a choice in it', () => {
  const digits = sample('digits-mlp');

  test('the studio of the command line opens its model, and a reload continues the work', async ({ browser }) => {
    const studio = await serveStudio([{ path: digits.path, location: digits.file }], { port: 0 });
    const context = await browser.newContext({ serviceWorkers: 'allow', reducedMotion: 'reduce' });
    try {
      const page = await context.newPage();
      await page.goto(studio.address);
      await expectOpen(page, digits.file);
      expect(await isIsolated(page)).toBe(true);
      expect(new URL(page.url()).search).toBe('');
      await choosePreset(page, 'int8-dynamic');
      await runRecipe(page);
      await waitForSaving(page);
      await page.reload();
      await expect(variantRows(page)).toHaveCount(2);
      const stored = await page.evaluate(
        async () => (await caches.keys()).length > 0 && (await caches.match('./opened/digits-mlp.onnx')) !== undefined,
      );
      expect(stored).toBe(false);
    } finally {
      await context.close();
      studio.close();
    }
  });

  test('an address opens no file but those that the command offers', async ({ page }) => {
    for (const elsewhere of [
      'samples/digits-mlp.onnx',
      '//example.org/opened/a.onnx',
      'opened/../samples/digits-mlp.onnx',
    ]) {
      await page.goto(`./?open=${encodeURIComponent(elsewhere)}`);
      await expect(page.getByText('names a file that it may not open').first()).toBeVisible();
    }
  });

  test('a shared model opens', async ({ page }) => {
    await page.goto('./');
    await page.evaluate(() => navigator.serviceWorker.ready);
    await visitAgain(page);
    const address = await page.evaluate(async (name) => {
      const form = new FormData();
      form.append('models', new File([await (await fetch(`samples/${name}`)).blob()], name));
      return (await fetch('share', { method: 'POST', body: form })).url;
    }, digits.file);
    expect(address).toMatch(/\/\?shared$/);
    await page.goto(address);
    await expectOpen(page, digits.file);
    expect(await page.evaluate(() => caches.has('shared-files'))).toBe(false);
  });

  test('a model that the system opens with the installed app opens', async ({ page, context }) => {
    const client = await context.newCDPSession(page);
    await page.addInitScript(() => {
      const queue = { setConsumer: (consumer: unknown) => Object.assign(globalThis, { consumer }) };
      Object.defineProperty(globalThis, 'launchQueue', { value: queue });
    });
    await page.goto('./');
    const { errors, data } = await client.send('Page.getAppManifest');
    expect(errors).toEqual([]);
    const manifest = JSON.parse(data ?? '') as { file_handlers: { accept: Record<string, string[]> }[] };
    expect(manifest.file_handlers.flatMap(({ accept }) => Object.values(accept).flat())).toEqual(['.onnx', '.gguf']);
    await page.waitForFunction(() => 'consumer' in globalThis);
    await page.evaluate(async (name) => {
      const folder = await navigator.storage.getDirectory();
      const handle = await folder.getFileHandle('launched.onnx', { create: true });
      const writable = await handle.createWritable();
      await writable.write(await (await fetch(`samples/${name}`)).blob());
      await writable.close();
      (globalThis as unknown as { consumer: (launch: object) => void }).consumer({ files: [handle] });
    }, digits.file);
    await expectOpen(page, 'launched.onnx');
  });
});
