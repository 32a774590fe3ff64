/** What changed on a person's own data: the inputs whose answers moved, with both answers. */
import { fileURLToPath } from 'node:url';
import { wear, expectNoSidewaysScroll, looks } from './support/looks.ts';
import { expectNoViolations } from './support/accessibility.ts';
import { choosePreset, goTo, openSample, openTab, runRecipe, waitForEvaluation } from './support/steps.ts';
import { expect, test } from './support/test.ts';

const picture = fileURLToPath(new URL('../src/engine/data/pictures/fixtures/files/gray.png', import.meta.url));

test('shows the pictures whose class changed, filters them and walks them by keyboard', async ({ page }) => {
  await page.goto('./');
  await openSample(page, 'fashion-cnn');
  await choosePreset(page, 'int2-weights');
  await runRecipe(page);
  await openTab(page, 'Compare');
  await expect(page.getByText('Evaluate the variant to see the inputs whose answers changed.')).toBeVisible();
  await goTo(page, 'Data');
  await page.getByTestId('evaluate').click();
  await waitForEvaluation(page);
  await goTo(page, 'Studio');
  await openTab(page, 'Compare');

  const region = page.getByRole('region', { name: 'What changed' });
  await expect(region.getByRole('heading')).toHaveText(/^\d+ of [\d,]+ answers changed: \d+ gained, \d+ lost$/);
  const cards = page.getByTestId('changed-sample');
  await expect(cards.first().getByRole('img', { name: /^Input of/ })).toBeVisible();
  const all = await cards.count();
  await region.getByText('Lost', { exact: true }).first().click();
  await expect(cards.first()).toContainText('Lost');
  expect(await cards.count()).toBeLessThan(all);

  await cards.first().focus();
  await page.keyboard.press('ArrowRight');
  await expect(cards.nth(1)).toBeFocused();

  const tryOut = page.getByTestId('try-out');
  const chooser = page.waitForEvent('filechooser');
  await tryOut.getByRole('button', { name: 'Choose a picture' }).click();
  await (await chooser).setFiles(picture);
  await expect(tryOut).toContainText(/ on WASM, one run/);
  await expect(tryOut.getByRole('img', { name: /^Input of/ })).toBeVisible();
  await expect(tryOut.getByRole('list')).toHaveCount(2);

  await expectNoViolations(page, 'changed samples');
  for (const look of looks) {
    await wear(page, look);
    await expectNoSidewaysScroll(page, 'changed samples and try-out');
    await tryOut.scrollIntoViewIfNeeded();
  }
});
