import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { expectNoViolations } from './support/accessibility.ts';
import { hurryClockOfBenchmarks, hurryClockOfSearches } from './support/clock.ts';
import { pareto } from './support/command-line.ts';
import { tabTo } from './support/keyboard.ts';
import { expectNoSidewaysScroll, looks, wear } from './support/looks.ts';
import { sample, sampleFile } from './support/samples.ts';
import { waitForSaving } from './support/storage.ts';
import { commandButton, copyLink, expectOpen, fileOfDownload, waitForRecommendation } from './support/steps.ts';
import { expect, test } from './support/test.ts';
import type { Locator, Page } from '@playwright/test';

/** How long a search takes where nobody says otherwise. */
const searchMs = 60_000;

/** A search's own minute, or a variant with its benchmark and its evaluation, and what a busy machine adds to that. */
const longestWaitMs = 150_000;

test.use({ viewport: { width: 390, height: 844 } });

test('five key presses lead from landing to the download of the best on a phone, over a reload', async ({ page }) => {
  const model = sample('digits-mlp');
  let presses = 0;
  let isStopped = true;
  const press = async (button: Locator): Promise<void> => {
    await tabTo(page, button);
    await page.keyboard.press('Enter');
    presses += 1;
  };
  const candidates = page.getByRole('group', { name: 'Candidates' });
  const evaluated = candidates.getByRole('row').filter({ hasText: 'points' });
  const goOn = page.getByRole('button', { name: 'Continue' });
  const found = page.getByTestId('search-result');
  await page.goto('./');
  await press(page.getByRole('button', { name: model.title }));
  await expectOpen(page, model.file);
  await press(commandButton(page, 'find-best'));
  const startedAtMs = Date.now();
  await press(page.locator('button[type=submit]'));

  await test.step('results are kept when the page closes, and are not computed again', async () => {
    await expect(evaluated.first()).toBeVisible({ timeout: longestWaitMs });
    await waitForSaving(page);
    await hurryClockOfSearches(page, 8);
    await page.reload();
    await expect(evaluated.first()).toBeVisible();
    const kept = await evaluated.count();
    isStopped = (await found.innerText()).includes('Search stopped');
    // The search of a machine so busy that saving took the rest of the minute ended, and recommends at once.
    if (!isStopped) return expect(Date.now() - startedAtMs).toBeGreaterThan(searchMs);
    await press(goOn);
    await expect(goOn).toBeHidden();
    expect(await evaluated.count()).toBeGreaterThanOrEqual(kept);
  });

  await waitForRecommendation(page);
  // The headline shows the gain.
  await expect(found).toContainText(/^Best of \d+ evaluated recipes?\b/);
  await expect(page.getByTestId('headline')).toContainText(/× smaller/);
  await page.getByRole('button', { name: 'As table' }).click();
  await expect(page.getByRole('region', { name: /^Table: Size against/ })).toContainText('original');
  await expectNoViolations(page, 'a finished search');

  const { bytes } = await fileOfDownload(page, () => press(commandButton(page, 'download-variant')));
  expect(bytes.length).toBeGreaterThan(1000);
  expect(presses).toBe(isStopped ? 5 : 4);

  await test.step('another search that is canceled, or that a reload ends, takes nothing of it', async () => {
    const finished = (await found.textContent())!;
    const again = page.locator('button[type=submit]');
    await again.click();
    await expect(page.getByText('Earlier results are kept.')).toBeVisible();
    await page.locator('button[data-job=cancel]').click();
    await expect(page.getByText('Search stopped.', { exact: true })).toBeVisible();
    await expect(found).toHaveText(finished);
    await again.click();
    await expect(page.getByText('Earlier results are kept.')).toBeVisible();
    await page.reload();
    await expect(found).toHaveText(finished);
    await expect(candidates.getByText('Recommended').first()).toBeVisible();
  });

  await test.step('the shell writes the same bytes by the recipe of the best', async () => {
    const recipe = await fileOfDownload(page, async () => {
      await page.keyboard.press('Control+k');
      await page.keyboard.type('export the recipe');
      await page.keyboard.press('Enter');
    });
    const folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-best-'));
    const [recipeFile, output] = [recipe.name, 'best.onnx'].map((file) => path.join(folder, file));
    await writeFile(recipeFile!, recipe.bytes);
    const data = sampleFile('digits-calibration.npz');
    await pareto('optimize', model.path, '-o', output!, '--recipe', recipeFile!, '--data', data);
    expect(Buffer.from(bytes).equals(await readFile(output!))).toBe(true);
    await rm(folder, { recursive: true });
  });

  await test.step('its shared report is short on a phone, and folded parts open', async () => {
    await page.goto(await copyLink(page));
    await page.reload();
    await expect(page.getByTestId('report-headline')).toBeVisible();
    await wear(page, looks[2]!);
    const heightPx = await page.evaluate(() => document.documentElement.scrollHeight);
    expect(heightPx).toBeGreaterThan(844);
    expect(heightPx).toBeLessThanOrEqual(4000);
    await page.getByRole('region', { name: 'Search' }).locator('summary').first().click();
    await expect(candidates.getByText('Recommended').first()).toBeVisible();
    await expectNoViolations(page, 'the report on a phone');
    await expectNoSidewaysScroll(page, 'the report on a phone');
  });
});

/** The limit is moved in the chart, by a key or with the pointer. The chart shows the points within it, and the next search uses it. */
async function moveLimit(page: Page, move: (limit: Locator) => Promise<void>): Promise<void> {
  const tradeOff = page.getByRole('region', { name: 'Trade-off' });
  const limit = tradeOff.getByRole('slider', { name: 'Limit: Accuracy lost' });
  const asked = tradeOff.getByLabel('Max loss');
  const before = (await limit.getAttribute('aria-valuetext'))!;
  await move(limit);
  await expect(limit).not.toHaveAttribute('aria-valuetext', before);
  const [value = ''] = (await limit.getAttribute('aria-valuetext'))!.match(/[\d.]+/) ?? [];
  await expect(asked).toHaveValue(String(Number(value) / 100));
}

test('three key presses on a phone lead from landing by a goal to a measured download', async ({ page }) => {
  const model = sample('digits-mlp');
  let presses = 0;
  const press = async (button: Locator): Promise<void> => {
    presses += 1;
    await tabTo(page, button);
    await page.keyboard.press('Enter');
  };
  await page.addInitScript(() => localStorage.setItem('pareto.settings', '{"budget":"quick"}'));
  await hurryClockOfBenchmarks(page, 8);
  await page.goto('./');
  await press(page.getByRole('button', { name: model.title }));
  await expectOpen(page, model.file);
  await press(page.getByRole('button', { name: 'Smaller download' }));

  const measurements = page.getByRole('group', { name: 'Measurements' });
  await expect(measurements.getByRole('region', { name: 'Top-1 accuracy' })).toContainText('samples', {
    timeout: longestWaitMs,
  });
  // A device that changes its speed during the benchmark gives a ratio without times.
  await expect(measurements.getByRole('region', { name: 'Latency · WASM' })).toContainText(/was|ratio only/);
  await expect(page.getByRole('img', { name: /^Size against accuracy lost/ })).toBeVisible();
  await expect(page.getByTestId('next-step')).toBeVisible();
  // The one filled button.
  const download = commandButton(page, 'download-variant');
  const filled = page.locator('button[data-variant=filled]:not([aria-haspopup])');
  await expect(filled).toHaveCount(1);
  await expect(filled.and(download)).toHaveCount(1);
  const { name: file, bytes } = await fileOfDownload(page, () => press(download));
  expect(file).toMatch(/^digits-mlp_.*quantized.*\.onnx$/);
  expect(bytes.length).toBeLessThan(model.sizeBytes / 2);
  expect(presses).toBe(3);

  await test.step('the headline, the advice and the tiles leave the rest of the window to the view', async () => {
    const lead = page.getByTestId('lead');
    // Two thirds of a phone, without cutting them.
    expect((await lead.boundingBox())!.height).toBeLessThanOrEqual(281);
    await wear(page, looks[0]!);
    expect((await lead.boundingBox())!.height).toBeLessThanOrEqual(96);
  });

  await test.step('the limit of the search is moved in the chart', async () => {
    const tradeOff = page.getByRole('region', { name: 'Trade-off' });
    await expect(tradeOff.getByRole('status')).toContainText('is within 1 point');
    await expect(tradeOff.getByRole('slider', { name: 'Limit: Accuracy lost' })).toHaveAttribute(
      'aria-valuetext',
      'at most 1 point',
    );
    await moveLimit(page, async (limit) => {
      await limit.focus();
      await page.keyboard.press('PageUp');
    });
    await moveLimit(page, async (limit) => {
      const { x, y, width, height } = (await limit.boundingBox())!;
      await page.mouse.move(x + width / 2, y + height / 2);
      await page.mouse.down();
      await page.mouse.move(x + width / 2, y + height / 2 + 20, { steps: 3 });
      await page.mouse.up();
    });
    await tradeOff.getByLabel('Horizontal axis').selectOption('Time on WASM (% of original)');
    await expect(
      page.getByRole('img', { name: /^Time on WASM \(% of original\) against accuracy lost/ }),
    ).toBeVisible();
  });

  await test.step('the shell makes the same bytes by the goal', async () => {
    const output = path.join(await mkdtemp(path.join(os.tmpdir(), 'pareto-goal-')), file);
    const data = sampleFile('digits-calibration.npz');
    await pareto('optimize', model.path, '-o', output, '--goal', 'smaller', '--data', data);
    expect(Buffer.from(bytes).equals(await readFile(output))).toBe(true);
    await rm(path.dirname(output), { recursive: true });
  });
});
