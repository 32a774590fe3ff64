/** The whole test set of MNIST in the built page: to the end, right to the sample, and in a few megabytes. */
import { correctOf, readConfusion } from './support/confusion.ts';
import { linearMnist, mnistFiles } from './support/mnist.ts';
import { rendererBytes } from './support/browser-memory.ts';
import { chooserOfFiles, expectOpen, openFile, waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** The workers, the runtime's own memory with its session, the batches on their way, and garbage that nobody collected. */
const mostGrowthBytes = 250e6;

test('all 10,000 digits of MNIST are evaluated, and memory does not grow with them', async ({ page }) => {
  const { file, labels, correct } = linearMnist();
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, file.name);
  await chooserOfFiles(page).setInputFiles(mnistFiles);
  await expect(page.getByText('10,000 samples · IDX files')).toBeVisible();

  const mapping = page.getByRole('region', { name: 'Mapping' });
  await mapping.getByRole('combobox', { name: 'Preprocessing' }).click();
  await page.getByRole('option', { name: 'Unscaled pixels' }).click();

  const before = rendererBytes();
  let peak = before;
  const watch = setInterval(() => (peak = Math.max(peak ?? 0, rendererBytes() ?? 0)), 100);
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  clearInterval(watch);
  // Other systems do not tell what a process holds; where tests run in CI it is always read.
  if (process.platform === 'linux') {
    expect(before, 'The memory of the page cannot be read from /proc, so nothing bounds it.').not.toBeNull();
    expect(peak! - before!).toBeLessThan(mostGrowthBytes);
  }

  const confusion = await readConfusion(page);
  expect(correctOf(confusion)).toBe(correct);
  expect(correct).toBeGreaterThan(5000);
  const perClass = confusion.map((row) => row.reduce((sum, count) => sum + count, 0));
  expect(perClass).toEqual(Array.from({ length: 10 }, (_, digit) => labels.filter((label) => label === digit).length));
});
