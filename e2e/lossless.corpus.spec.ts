import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { expectSameBytes } from './support/built-worker.ts';
import { realModels } from './support/real-models.ts';
import { test } from './support/test.ts';

test('the built worker writes models as the command line does', async ({ page }) => {
  const folder = mkdtempSync(path.join(tmpdir(), 'pareto-lossless-'));
  try {
    await page.goto('./');
    for (const { file } of realModels) await expectSameBytes(page, file, folder);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
