/** A sample answers right in the page as often as in the script that trained it. */
import { expect, type Page } from '@playwright/test';
import { correctOf, readConfusion } from './confusion.ts';
import { percent } from './percent.ts';
import { sample } from './samples.ts';
import { goTo, openSample, waitForEvaluation } from './steps.ts';

export async function expectRecordedAccuracy(page: Page, id: string): Promise<void> {
  const { correct, total } = sample(id).data!.recorded.evaluationTop1;
  await openSample(page, id);
  await goTo(page, 'Data');
  await expect(page.getByTestId('preview-label')).toBeVisible();
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  await expect(page.getByTestId('result-original')).toContainText(percent(correct, total));
  expect(correctOf(await readConfusion(page))).toBe(correct);
}
