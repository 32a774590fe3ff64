/** Time and SQNR of nodes: measured with one command, listed in the layers, drawn in the graph. */
import type { Page } from '@playwright/test';
import { expectNoViolations } from './support/accessibility.ts';
import { hurryClockOfSearches } from './support/clock.ts';
import { expectNoSidewaysScroll, oppositeLooks, wear } from './support/looks.ts';
import { waitForSaving } from './support/storage.ts';
import {
  cancelOnceUnderWay,
  chooseCells,
  choosePreset,
  commandButton,
  layersTable,
  longestJobMs,
  openSample,
  openTab,
  runRecipe,
  waitForRecommendation,
} from './support/steps.ts';
import { expect, test } from './support/test.ts';

const columnOf = (page: Page, name: string) => layersTable(page).getByRole('columnheader', { name });

test('measures time and SQNR of the nodes of a variant, canceled once, and colors the graph by them', async ({
  page,
}) => {
  await openSample(page, 'fashion-transformer');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openTab(page, 'Layers');
  await expect(columnOf(page, 'Time')).toBeHidden();

  const measure = commandButton(page, 'measure-nodes').first();
  const canceled = cancelOnceUnderWay(page);
  await measure.click();
  await canceled;
  await expect(page.getByText('Measuring nodes was canceled.').first()).toBeVisible();
  await expect(columnOf(page, 'Time')).toBeHidden();

  await measure.click();
  await expect(page.getByRole('progressbar', { name: /^Measuring nodes of / })).toBeVisible();
  await expect(columnOf(page, 'Time')).toBeVisible({ timeout: longestJobMs });
  const table = layersTable(page);
  await table.getByRole('button', { name: 'Time' }).click();
  await expect(columnOf(page, 'Time')).toHaveAttribute('aria-sort', 'descending');
  await expect(table.getByRole('row').nth(1)).toContainText(/[µm]s/);
  await table.getByRole('button', { name: 'SQNR' }).click();
  await expect(table.getByRole('row').nth(1)).toContainText(/dB/);
  await expectNoViolations(page, 'layers with time and SQNR');

  await openTab(page, 'Graph');
  await page.getByLabel('Color by').selectOption({ label: 'Color: SQNR' });
  await expect(page.getByText(/\d\sdB/).first()).toBeVisible();
  await expectNoViolations(page, 'graph colored by SQNR');
  await page.getByLabel('Color by').selectOption({ label: 'Color: own SQNR' });
  await expect(page.getByText(/each node of the variant run alone on WASM/).first()).toBeVisible();
  await page.getByLabel('Color by').selectOption({ label: 'Color: SQNR' });
  const scale = page.getByTestId('graph-original').getByRole('img', { name: 'to' });
  await expect(scale).toHaveCSS('opacity', '1');
  await choosePreset(page, 'simplify');
  await expect(scale).toHaveCSS('opacity', '0.4');
  await wear(page, { name: 'phone', viewport: { width: 390, height: 844 }, theme: 'light' });
  await expectNoSidewaysScroll(page, 'graph colored by SQNR');
});

/** The ranked layers, of which the first is kept out of the recipe: all of it is there again after a reload. */
async function keepOutAndComeBack(page: Page): Promise<void> {
  const ranked = page.getByRole('table', { name: /^Layers, most sensitive first/ });
  const keepOut = ranked.getByRole('button', { name: /^(Keep|Kept) out of the recipe: / }).first();
  await openTab(page, 'Sensitivity');
  await expect(page.getByRole('img', { name: /by number of layers changed/ })).toBeVisible();
  await expectNoSidewaysScroll(page, 'ranked layers');
  await expectNoViolations(page, 'ranked layers');
  await expect(keepOut).toHaveAttribute('aria-pressed', 'false');
  await keepOut.click();
  await waitForSaving(page);
  await page.reload();
  await openTab(page, 'Sensitivity');
  await expect(ranked.getByRole('rowheader')).toHaveCount(3);
  await expect(keepOut).toHaveAttribute('aria-pressed', 'true');
  await openTab(page, 'Layers');
}

test('measures the sensitivity of layers, canceled once, and finds bits for each within the stated loss', async ({
  page,
}) => {
  // The search has five minutes, and the times of its candidates are of no matter here.
  await hurryClockOfSearches(page, 8);
  await openSample(page, 'digits-mlp');
  await openTab(page, 'Layers');
  const measure = commandButton(page, 'measure-sensitivity').first();
  const find = page.getByRole('button', { name: 'Find bits for each layer' });
  const canceled = cancelOnceUnderWay(page);
  await measure.click();
  await canceled;
  await expect(page.getByText(/sensitivity was canceled/).first()).toBeVisible();
  await expect(columnOf(page, 'One layer in 4-bit')).toBeHidden();
  await expect(find).toBeHidden();

  await measure.click();
  await expect(columnOf(page, 'One layer in 4-bit')).toBeVisible({ timeout: longestJobMs });
  await wear(page, { name: 'phone', viewport: { width: 390, height: 844 }, theme: 'light' });
  await expectNoSidewaysScroll(page, 'layers with their sensitivity');
  await expectNoViolations(page, 'layers with their sensitivity');
  await keepOutAndComeBack(page);
  await find.click();
  await waitForRecommendation(page);
  await expect(page.getByTestId('search-result')).toContainText(/^Best of \d+ evaluated/);
  // In so small a model all layers may end with the fewest bits, which is no mixture any more.
  await expect(page.getByTestId('headline')).toContainText(/mixed-bit weights: |every layer\)/i);
  const candidates = page.getByRole('group', { name: 'Candidates' });
  await expect(candidates.getByText(/^Mixed-bit weights: /).first()).toBeVisible();
  await expect(candidates.getByText('Recommended').first()).toBeVisible();
});

test('names the first node that WebGPU computes differently, or says that all agree', async ({ page }) => {
  await openSample(page, 'fashion-transformer');
  await chooseCells(page, ['webgpu']);
  await page.getByTestId('benchmark-cells').click();
  const find = page.getByRole('button', { name: 'Find the first node that differs' });
  await find.click({ timeout: longestJobMs });
  const details = page.getByRole('complementary', { name: 'Details of original' });
  const found = details.getByText(/^(All \d+ values of nodes agree with WASM|The first node that differs is )/);
  await expect(found).toBeVisible({ timeout: longestJobMs });
  for (const look of oppositeLooks) {
    await wear(page, look);
    await expectNoSidewaysScroll(page, `the first node that differs, ${look.name}`);
  }
});
