/** A coordinator that blocks or is killed: its job ends with a sentence, and the next one starts, in this tab and in another. */
import type { Page } from '@playwright/test';
import { prependToWorkers } from './support/clock.ts';
import { chooseCells, longestJobMs, openSample } from './support/steps.ts';
import { expect, test } from './support/test.ts';

/** The page ends a worker after 12 to 14 seconds of silence. */
const endsWithinMs = 15_000;

/** Once the worker has its call, and therefore holds the lock of measurements or waits for it. */
const troubles = [
  {
    title: 'blocked',
    script: 'for (;;);',
    sentence: 'This job did not respond for 12 seconds and was ended. Start it again.',
  },
  {
    title: 'killed',
    script: 'close();',
    sentence: 'The browser stopped this job, probably out of memory. Try again.',
  },
];

async function startBenchmark(page: Page): Promise<void> {
  await chooseCells(page, ['wasm']);
  await page.getByTestId('benchmark-cells').click();
}

/** Waits until a page holds the lock of measurements for its worker. */
async function expectLocked(page: Page): Promise<void> {
  const isHeld = () =>
    page.evaluate(async () => (await navigator.locks.query()).held?.some(({ name }) => name === 'pareto-benchmark'));
  await expect.poll(isHeld).toBe(true);
}

async function expectMeasured(page: Page): Promise<void> {
  const cell = page.getByTestId('cell-original|wasm');
  await expect(cell).toHaveAttribute('data-state', 'measured', { timeout: longestJobMs });
}

for (const { title, script, sentence } of troubles) {
  test(`a ${title} measurement ends with a sentence, and the next ones start in both tabs`, async ({
    page,
    context,
  }) => {
    // The trouble begins once the other tab waits, so that this tab holds the lock however busy the machine is.
    const atCall = `addEventListener('message', ({ data }) => {
      if (data.name !== 'benchmark') return;
      const timer = setInterval(async () => {
        const { pending } = await navigator.locks.query();
        if (!pending.some(({ name }) => name === 'pareto-benchmark')) return;
        clearInterval(timer);
        ${script}
      }, 100);
    });\n`;
    await prependToWorkers(page, 'benchmark', atCall, { times: 1 });
    await openSample(page, 'digits-mlp');
    const other = await context.newPage();
    await openSample(other, 'digits-mlp');
    await startBenchmark(page);
    await expectLocked(page);
    await startBenchmark(other);
    const troubledMs = Date.now();
    await expect(page.getByText(sentence).first()).toBeVisible({ timeout: 2 * endsWithinMs });
    expect(Date.now() - troubledMs).toBeLessThan(endsWithinMs + 1000);
    await expectMeasured(other);
    await page.getByTestId('benchmark-cells').click();
    await expectMeasured(page);
  });
}
