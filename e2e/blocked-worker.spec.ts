/** A coordinator that blocks: its job ends with a sentence, and the next one starts, in this tab and in another. */
import type { Page } from '@playwright/test';
import { prependToWorkers } from './support/clock.ts';
import { chooseCells, longestJobMs, openSample } from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** The page ends it after 12 to 14 seconds of silence. */
const endsWithinMs = 15_000;

/** A worker with it spins once it has its call, and therefore holds the lock of measurements or waits for it. */
const spin = `addEventListener('message', ({ data }) => {
  if (data.name === 'benchmark') setTimeout(() => { for (;;); }, 500);
});\n`;

async function startBenchmark(page: Page): Promise<void> {
  await chooseCells(page, ['wasm']);
  await page.getByTestId('benchmark-cells').click();
}

/** Waits until the page holds the lock for its worker. */
async function expectLocked(page: Page): Promise<void> {
  const isHeld = () =>
    page.evaluate(async () => (await navigator.locks.query()).held?.some(({ name }) => name === 'pareto-benchmark'));
  await expect.poll(isHeld).toBe(true);
}

async function expectMeasured(page: Page): Promise<void> {
  const cell = page.getByTestId('cell-original|wasm');
  await expect(cell).toHaveAttribute('data-state', 'measured', { timeout: longestJobMs });
}

test('a blocked measurement ends with a sentence, and the next ones start in both tabs', async ({ page, context }) => {
  await prependToWorkers(page, 'benchmark', spin, { times: 1 });
  await openSample(page, 'digits-mlp');
  const other = await context.newPage();
  await openSample(other, 'digits-mlp');
  await startBenchmark(page);
  await expectLocked(page);
  const blockedMs = Date.now();
  await startBenchmark(other);
  const sentence = page.getByText('This job did not respond for 12 seconds and was ended. Start it again.').first();
  await expect(sentence).toBeVisible({ timeout: 2 * endsWithinMs });
  expect(Date.now() - blockedMs).toBeLessThan(endsWithinMs + 1000);
  await expectMeasured(other);
  await page.getByTestId('benchmark-cells').click();
  await expectMeasured(page);
});
