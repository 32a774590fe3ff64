/**
 * `node scripts/words-in-view.mjs`: the words that are in view on each screen at 1440 × 900, and how many there may be. Prints all
 * screens before it fails on those with too many.
 */
import type { Page } from '@playwright/test';
import {
  commandButton,
  copyLink,
  followGoal,
  goTo,
  measureOn,
  openSample,
  waitForEvaluation,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';
import { isWord, visibleTexts } from './support/visible-words.ts';

const viewport = { width: 1440, height: 900 };

async function count(page: Page, screen: string, limit: number): Promise<void> {
  await page.mouse.move(0, 0);
  const texts = await visibleTexts(page);
  const words = texts.filter(isWord);
  console.log(
    `\n${screen}: ${words.length} words in view, ${limit} allowed; ${texts.length} with numbers\n${texts.join(' ')}`,
  );
  expect.soft(words.length, `words in view on ${screen}`).toBeLessThanOrEqual(limit);
}

test('words in view', async ({ page }) => {
  test.setTimeout(900_000);
  await page.setViewportSize(viewport);
  await page.goto('./');
  await expect(page.getByRole('region', { name: 'This device' }).getByRole('listitem').first()).toBeVisible();
  await count(page, 'the start screen', 130);

  await openSample(page, 'fashion-cnn');
  await expect(page.getByTestId('next-step')).toBeVisible();
  await count(page, 'the studio before a variant', 150);
  for (const screen of ['Data', 'Benchmark', 'Serving', 'Report'] as const) {
    await goTo(page, screen);
    await expect(page.getByRole('heading', { level: 1 }).last()).toBeVisible();
    await count(page, `${screen} before a variant`, 160);
  }
  await goTo(page, 'Studio');

  await followGoal(page, 'Smaller download');
  await count(page, 'the studio with a result', 180);

  await page.keyboard.press('e');
  await waitForEvaluation(page);
  await count(page, 'Data with a result', 160);
  await measureOn(page, ['wasm'], 600_000);
  await count(page, 'Benchmark with a result', 160);
  await goTo(page, 'Serving');
  await expect(page.getByTestId('serving-headline')).toBeVisible({ timeout: 300_000 });
  await count(page, 'Serving with a result', 160);
  await goTo(page, 'Report');
  await expect(page.getByTestId('report-headline')).toBeVisible();
  await count(page, 'the own report', 160);
  await page.goto(await copyLink(page));
  await page.reload();
  await expect(page.getByTestId('report-headline')).toBeVisible();
  await count(page, 'a shared report', 160);
});

test('words in view after a search', async ({ page }) => {
  test.setTimeout(600_000);
  await page.setViewportSize(viewport);
  await openSample(page, 'fashion-cnn');
  await commandButton(page, 'find-best').click();
  await page.locator('button[type=submit]').click();
  await expect(page.getByTestId('search-result')).toBeVisible({ timeout: 300_000 });
  await count(page, 'the studio after a search', 180);
});
