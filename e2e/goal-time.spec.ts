/** A goal ends with its time, keeps what it has, and asks before it takes more. */
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { openSample, variantRows } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test('a goal ends with its time, and asks once before it takes longer', async ({ page }) => {
  // No measurement ends by itself, and the minute of a goal takes twelve seconds.
  await hurryClockOfBenchmarks(page, 0.001);
  await page.addInitScript(() => {
    const { setTimeout } = window;
    window.setTimeout = ((listener: () => void, ms?: number) =>
      setTimeout(listener, ms === 60_000 ? 12_000 : ms)) as typeof window.setTimeout;
  });
  await openSample(page, 'digits-mlp');
  const goal = page
    .getByRole('region', { name: 'Goals', exact: true })
    .getByRole('button', { name: 'Smaller download' });
  const question = page.getByText('Smaller download: the time is over.');
  const jobs = page.getByRole('progressbar');
  await goal.click();
  await expect(question).toHaveCount(1);
  await expect(page.getByText('4-bit weights is ready. The measurement needs more time.')).toBeVisible();
  await expect(variantRows(page)).toHaveCount(2);
  await expect(jobs).toHaveCount(0);
  await page.getByRole('button', { name: 'Keep this' }).click();
  await expect(question).toBeHidden();
  await expect(variantRows(page)).toHaveCount(2);

  await goal.click();
  await expect(question).toHaveCount(1);
  await page.getByRole('button', { name: 'Continue for 5 min' }).click();
  await expect(jobs.first()).toBeVisible();
  await expect(question).toBeHidden();
});
