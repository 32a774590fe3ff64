/** The graph and the layers: what a person reads there and finds there. */
import path from 'node:path';
import { expectNoViolations } from './support/accessibility.ts';
import { canvasOf, countSelectedPixels } from './support/canvas.ts';
import { pressInRow } from './support/keyboard.ts';
import { expectNoSidewaysScroll, oppositeLooks, wear } from './support/looks.ts';
import { choosePreset, expectOpen, layersTable, openFile, openSample, openTab, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

test('finds a node in the graph, shows its facts, and counts zeros in colors and a column', async ({ page }) => {
  await openSample(page, 'fashion-cnn');
  await openTab(page, 'Graph');
  await expect(canvasOf(page)).toBeVisible();
  const search = page.getByRole('textbox', { name: /^Search by operator/ });
  await search.fill('conv');
  await search.press('Enter');
  const details = page.getByTestId('node-details');
  await expect(details.getByRole('heading', { name: 'Conv' })).toBeVisible();
  await expect(details.getByRole('region', { name: 'Outputs' })).toContainText(/float32 1 × \d+ × \d+ × \d+/);
  await expect(details.getByRole('img', { name: /^Histogram of / }).first()).toBeVisible();
  await expectNoViolations(page, 'details of a node');

  await page.getByRole('combobox', { name: 'Color by' }).selectOption('sparsity');
  await expect(page.getByTestId('graph-original')).toContainText(/Sparsity: 0\.0\s%\s*100\.0\s%/);
  await openTab(page, 'Layers');
  await page.getByRole('button', { name: 'Columns' }).click();
  await page.getByRole('checkbox', { name: 'Sparsity' }).check();
  await expectNoViolations(page, 'menu of columns');
  await page.keyboard.press('Escape');
  await layersTable(page).getByRole('button', { name: 'Sparsity' }).click();
  await expect(layersTable(page).getByRole('row').nth(1)).toContainText(/\d\.\d\s%$/);
});

test('follows edges from the keyboard, and opens details with Enter', async ({ page }) => {
  await openSample(page, 'fashion-cnn');
  await openTab(page, 'Graph');
  await canvasOf(page).focus();
  await page.keyboard.press('ArrowDown');
  const details = page.getByTestId('node-details');
  await expect(details).toContainText('Input of the graph');
  await page.keyboard.press('ArrowDown');
  await expect(details).not.toContainText('Input of the graph');
  await page.keyboard.press('Enter');
  await expect(details).toBeFocused();
  await canvasOf(page).press('/');
  await expect(page.getByRole('textbox', { name: /^Search by operator/ })).toBeFocused();
  await canvasOf(page).press('Escape');
  await expect(details).toBeHidden();

  // A node is left first, then the whole window.
  const header = page.getByRole('banner');
  await pressInRow(page, 'g', 'w');
  await expect(header).toBeHidden();
  await expect(page.getByRole('tablist')).toBeHidden();
  await expectNoSidewaysScroll(page, 'the graph in the whole window');
  await canvasOf(page).press('ArrowDown');
  await expect(details).toBeVisible();
  await canvasOf(page).press('Escape');
  await expect(details).toBeHidden();
  await expect(header).toBeHidden();
  await canvasOf(page).press('Escape');
  await expect(header).toBeVisible();
});

test('draws the map of the graph again when not all of the graph is in sight any more', async ({ page }) => {
  await openSample(page, 'fashion-transformer');
  await openTab(page, 'Graph');
  const map = page.getByTestId('graph-original').locator('[aria-hidden] canvas');
  await expect(map).toBeVisible();
  for (let steps = 0; steps < 12; steps += 1) await canvasOf(page).press('-');
  await expect(map).toBeHidden();
  for (let steps = 0; steps < 8; steps += 1) await canvasOf(page).press('+');
  const countColors = (): Promise<number> =>
    map.evaluate((element: HTMLCanvasElement) => {
      const { data } = element.getContext('2d')!.getImageData(0, 0, element.width, element.height);
      return new Set(new Uint32Array(data.buffer)).size;
    });
  await expect.poll(countColors).toBeGreaterThan(3);
});

test('sorts layers by MACs, filters them, and leads to the graph', async ({ page }) => {
  await openSample(page, 'fashion-cnn');
  await openTab(page, 'Layers');
  const table = layersTable(page);
  const totals = page.getByTestId('layer-totals');
  await expect(totals).toContainText(/MACs$/);
  await expect(totals).not.toContainText('unknown');
  await expect(table.getByRole('columnheader', { name: 'MACs' })).toHaveAttribute('aria-sort', 'descending');
  const first = table.getByRole('row').nth(1);
  await expect(first).toContainText(/Conv|MatMul|Gemm/);
  await page.getByRole('textbox', { name: /^Filter by operator/ }).fill('conv');
  await expect(totals).toContainText(/\d+ of \d+/);
  await first.getByRole('button', { name: /Show in the graph$/ }).click();
  await expect(page.getByTestId('node-details').getByRole('heading', { name: 'Conv' })).toBeVisible();
});

test('shows two graphs side by side, with marked differences', async ({ page }) => {
  await openSample(page, 'fashion-cnn');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openTab(page, 'Graph');
  await expect(canvasOf(page)).toHaveCount(2);
  await expect(page.getByTestId('graph-difference')).toContainText(/\+ [1-9]\d* only in the variant/);
  await expectNoViolations(page, 'two graphs');
  await page.setViewportSize({ width: 800, height: 900 });
  await expect(canvasOf(page)).toHaveCount(1);
  await page.getByText('Original', { exact: true }).first().click();
  await expect(page.getByTestId('graph-original')).toBeVisible();
});

test('shows a node that moved into another graph that each of two models has', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  const file = path.resolve('node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx');
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, path.basename(file));
  await choosePreset(page, 'simplify');
  await runRecipe(page);
  await openTab(page, 'Graph');
  await expect(canvasOf(page)).toHaveCount(2);
  const search = page.getByRole('textbox', { name: /^Search by operator/ });
  await search.fill('lstm');
  await search.press('Enter');
  await expect(page.getByRole('heading', { name: 'Original If_25: else_branch › If_651: then_branch' })).toBeVisible();
  for (const canvas of await canvasOf(page).all()) {
    await expect.poll(() => countSelectedPixels(canvas)).toBeGreaterThan(50);
  }
  // The legend of the smaller graph takes fewer lines.
  const heights = () => canvasOf(page).evaluateAll((all) => all.map((canvas) => canvas.clientHeight));
  await expect.poll(async () => new Set(await heights()).size).toBe(1);
  // Selected in the other graph, it is the variant's that has another place, and the trail is the original's.
  await canvasOf(page).first().press('ArrowDown');
  await expect(page.getByRole('heading', { name: 'Simplified If_25: else_branch' })).toBeVisible();
  await page.getByRole('button', { name: 'If_651: then_branch' }).click();
  await expectNoViolations(page, 'graphs of two places');
});

test('holds to the accessibility rules in both themes, on a phone too', async ({ page }) => {
  await openSample(page, 'fashion-cnn');
  for (const [tab, contentOf] of [
    ['Graph', canvasOf],
    ['Layers', layersTable],
  ] as const) {
    await openTab(page, tab);
    for (const look of oppositeLooks) {
      await wear(page, look);
      await expect(contentOf(page)).toBeVisible();
      await expectNoViolations(page, `${tab}, ${look.name}`);
      await expectNoSidewaysScroll(page, `${tab}, ${look.name}`);
    }
  }
});
