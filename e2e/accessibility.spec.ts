import type { Page } from '@playwright/test';
import { expectNoViolations } from './support/accessibility.ts';
import { hurryClockOfBenchmarks } from './support/clock.ts';
import { wearTheme } from './support/looks.ts';
import { choosePreset, copyLink, measureOn, openSample, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

async function expectNone(page: Page, what: string, within?: string): Promise<void> {
  for (const theme of ['light', 'dark'] as const) {
    await wearTheme(page, theme);
    await expectNoViolations(page, `${what}, ${theme}`, within);
  }
}

test('axe finds nothing to object to on any screen, in either theme', async ({ page }) => {
  await hurryClockOfBenchmarks(page, 8);
  await page.goto('./');
  await expect(page.getByRole('region', { name: 'This device' }).getByRole('listitem')).toHaveCount(3);
  await expectNone(page, 'start');

  await page.keyboard.press('Control+k');
  await expect(page.getByPlaceholder('Find a command')).toBeVisible();
  await expectNone(page, 'palette');
  await page.keyboard.press('Escape');

  await openSample(page, 'digits-mlp');
  await expectNone(page, 'studio, original');
  for (const menu of ['Presets', 'Add pass']) {
    await page.getByRole('button', { name: menu }).click();
    await expect(page.getByRole('menu')).toBeVisible();
    await expectNone(page, menu, '[role="menu"]');
    await page.keyboard.press('Escape');
    await expect(page.getByRole('menu')).toBeHidden();
  }
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await expectNone(page, 'studio, variant');
  for (const tab of ['Changes', 'Model']) {
    await page.getByRole('tab', { name: tab }).click();
    await expectNone(page, tab);
  }
  await measureOn(page, ['wasm']);
  await expectNone(page, 'benchmark');
  const link = await copyLink(page);
  await page.getByRole('tab', { name: 'Compare' }).click();
  await expectNone(page, 'compare');
  await page.goto(link);
  await page.reload();
  await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
  await expectNone(page, 'report');
});
