/** The npm package in a page: the Vite example, built from the package and used by a person. */
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from '@playwright/test';
import { build } from 'vite';
import { packageIfNeeded, packageName } from '../scripts/build-package.mjs';
import { readHeaderRules } from '../src/runtime/node/response-headers.mjs';
import { createStaticServer, listen } from '../src/runtime/node/static-server.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = join(root, 'public/samples/digits-mlp.onnx');

test('a page of others makes a model smaller, and names the problem of another', async ({ page }) => {
  const { folder: packed } = await packageIfNeeded();
  const folder = mkdtempSync(join(root, 'node_modules/.cache/pareto-example-'));
  try {
    cpSync(join(root, 'examples/vite-page'), folder, { recursive: true });
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packed, join(folder, 'node_modules', packageName), 'junction');
    await build({ root: folder, logLevel: 'error' });
    // The headers of the page: isolation, and a policy that lets no request leave.
    const server = createStaticServer(join(folder, 'dist'), readHeaderRules('public/_headers'));
    try {
      const complaints: string[] = [];
      page.on('console', (message) => message.type() === 'error' && complaints.push(message.text()));
      page.on('pageerror', (error) => complaints.push(error.message));
      await page.goto(`http://127.0.0.1:${await listen(server, { port: 0 })}/`);
      await page.getByLabel('Model').setInputFiles(sample);
      await expect(page.getByRole('status')).toHaveText(/\d+ → \d+ bytes/);
      await expect(page.getByRole('link', { name: 'Download' })).toBeVisible();
      await page.getByLabel('Model').setInputFiles({ name: 'no.onnx', mimeType: '', buffer: Buffer.from('no model') });
      await expect(page.getByRole('status')).toHaveText(/not a model/);
      expect(complaints).toEqual([]);
    } finally {
      server.close();
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
