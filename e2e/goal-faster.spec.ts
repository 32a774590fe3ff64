/** The goal of speed with data, from a press to a compiled module. */
import { unzipSync } from 'fflate';
import { expectOpen, fileOfDownload, followGoal, openSample } from './support/steps.ts';
import { sample } from './support/samples.ts';
import { expect, test } from './support/test.ts';

test('Faster on WASM ends at a compiled module and its speed', async ({ page }) => {
  const digits = sample('digits-mlp');
  await openSample(page, digits.id);
  await expectOpen(page, digits.file);
  await followGoal(page, 'Faster on WASM');
  const next = page.getByTestId('next-step');
  await expect(next).toContainText(/× faster as a compiled module, without a runtime/);
  const { name, bytes } = await fileOfDownload(page, () =>
    next.getByRole('button', { name: 'Download the module' }).click(),
  );
  expect(name).toMatch(/compiled\.zip$/);
  expect(Object.keys(unzipSync(bytes)).map((path) => path.split('/').pop())).toContain('model.mjs');
});
