/** Repeated blocks of a graph: one item each, expanded from the keyboard, by a search, in both models and inside a graph. */
import path from 'node:path';
import type { Page } from '@playwright/test';
import { expectNoViolations } from './support/accessibility.ts';
import { canvasOf, countSelectedPixels } from './support/canvas.ts';
import { pressInRow } from './support/keyboard.ts';
import { choosePreset, expectOpen, openFile, openSample, openTab, runRecipe } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test.use({ contextOptions: { reducedMotion: 'no-preference' } });

const detailsOf = (page: Page) => page.getByTestId('node-details');

async function openGraph(page: Page): Promise<void> {
  await openTab(page, 'Graph');
  await expect(canvasOf(page).first()).toBeVisible();
}

const switchOf = (page: Page) => page.getByRole('switch', { name: 'Show all nodes' });

/** From the canvas' label. */
async function countItems(page: Page, at = 0): Promise<number> {
  return Number(/(\d+) items/.exec((await canvasOf(page).nth(at).getAttribute('aria-label'))!)![1]);
}

async function searchFor(page: Page, text: string): Promise<void> {
  const search = page.getByRole('textbox', { name: /^Search by operator/ });
  await search.fill(text);
  await search.press('Enter');
}

/** Nodes in a block of the transformer. */
const nodesOfBlock = 33;

/** Opens the graph of the model, whose blocks are collapsed from the beginning, and counts its items. */
async function openCollapsed(page: Page): Promise<number> {
  await openGraph(page);
  await expect(switchOf(page)).not.toBeChecked();
  return countItems(page);
}

test('opens with the layers of a transformer collapsed, and expands them with Enter, Space and a search', async ({
  page,
}) => {
  await openSample(page, 'fashion-transformer');
  const collapsed = await openCollapsed(page);
  await switchOf(page).press('Space');
  await expect.poll(() => countItems(page)).toBe(collapsed + 3 * (nodesOfBlock - 1));
  // The choice applies to other views and to the whole window.
  await openTab(page, 'Layers');
  await openGraph(page);
  await expect(switchOf(page)).toBeChecked();
  await switchOf(page).press('Space');
  await expect.poll(() => countItems(page)).toBe(collapsed);
  await pressInRow(page, 'g', 'w');
  await expect(page.getByRole('banner')).toBeHidden();
  expect(await countItems(page)).toBe(collapsed);
  await canvasOf(page).press('Escape');
  await expect(page.getByRole('banner')).toBeVisible();
  await canvasOf(page).focus();
  await page.keyboard.press('Home');
  await expect(detailsOf(page)).toBeVisible();
  for (let steps = 0; steps < 20 && !(await detailsOf(page).getByText('Repeated block').isVisible()); steps += 1) {
    await page.keyboard.press('ArrowDown');
  }
  await expect(detailsOf(page).getByRole('heading', { name: 'layers/layers.0' })).toBeVisible();
  await expect(detailsOf(page)).toContainText('Repeated block, 1 of 3');
  await expectNoViolations(page, 'details of a block');
  await page.keyboard.press('Enter');
  await expect.poll(() => countItems(page)).toBe(collapsed + nodesOfBlock - 1);
  await expect(canvasOf(page)).toBeFocused();
  await expect(detailsOf(page).getByRole('button', { name: 'Collapse layers/layers.0' })).toBeVisible();
  await page.keyboard.press('Space');
  await expect.poll(() => countItems(page)).toBe(collapsed);
  await expect(canvasOf(page)).toBeFocused();
  await expect(detailsOf(page).getByRole('heading', { name: 'layers/layers.0' })).toBeVisible();

  await page.getByRole('combobox', { name: 'Color by' }).selectOption('macs');
  await expect(page.getByTestId('graph-original')).toContainText('blocks: sum of their nodes');
  await page.getByRole('combobox', { name: 'Color by' }).selectOption('sparsity');
  await expect(page.getByTestId('graph-original')).toContainText('blocks: highest of their nodes');

  await searchFor(page, 'softmax');
  await expect(detailsOf(page).getByRole('heading', { name: 'Softmax' })).toBeVisible();
  await expect.poll(() => countItems(page)).toBe(collapsed + nodesOfBlock - 1);
});

test('expands a block in both graphs side by side', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await openSample(page, 'fashion-transformer');
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openGraph(page);
  await expect(canvasOf(page)).toHaveCount(2);
  const collapsed = [await countItems(page, 0), await countItems(page, 1)];
  await searchFor(page, 'softmax');
  await expect.poll(() => countItems(page, 0)).toBeGreaterThan(collapsed[0]!);
  await expect.poll(() => countItems(page, 1)).toBeGreaterThan(collapsed[1]!);
  await detailsOf(page)
    .getByRole('button', { name: /^Collapse / })
    .click();
  await expect.poll(async () => [await countItems(page, 0), await countItems(page, 1)]).toEqual(collapsed);
});

test('shows the result of a search in both graphs side by side, after any earlier selection', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await openSample(page, 'fashion-transformer');
  await openGraph(page);
  await searchFor(page, 'softmax');
  await expect.poll(() => countSelectedPixels(canvasOf(page))).toBeGreaterThan(50);
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openGraph(page);
  await expect(canvasOf(page)).toHaveCount(2);
  const expectBothInSight = async (): Promise<void> => {
    for (const canvas of await canvasOf(page).all()) {
      await expect.poll(() => countSelectedPixels(canvas)).toBeGreaterThan(50);
    }
  };
  await expectBothInSight();
  const search = page.getByRole('textbox', { name: /^Search by operator/ });
  for (const text of ['softmax', 'layernorm', 'erf']) {
    await searchFor(page, text);
    await expectBothInSight();
    await page.getByRole('button', { name: 'Next' }).click();
    await expectBothInSight();
    await canvasOf(page).first().press('0');
    await canvasOf(page).last().press('+');
    await search.press('Shift+Enter');
    await expectBothInSight();
  }
});

test('shows in both graphs the first that is selected, while its details take some of the room', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await openSample(page, 'fashion-transformer');
  await choosePreset(page, 'simplify');
  await runRecipe(page);
  await openGraph(page);
  await expect(canvasOf(page)).toHaveCount(2);
  await expect(detailsOf(page)).toBeHidden();
  await searchFor(page, 'layers.2 softmax');
  await expect(detailsOf(page)).toBeVisible();
  for (const canvas of await canvasOf(page).all()) {
    await expect.poll(() => countSelectedPixels(canvas)).toBeGreaterThan(50);
  }
});

test('finds nodes of the original alone side by side', async ({ page }) => {
  await page.setViewportSize({ width: 1440, height: 900 });
  await openSample(page, 'fashion-cnn');
  await choosePreset(page, 'simplify');
  await runRecipe(page);
  await openGraph(page);
  await expect(canvasOf(page)).toHaveCount(2);
  // Simplifying fuses them into the convolutions.
  await searchFor(page, 'batchnorm');
  await expect(detailsOf(page)).toContainText('The variant does not have this node.');
  await expect.poll(() => countSelectedPixels(canvasOf(page).first())).toBeGreaterThan(50);
});

test('offers no collapsing without repeated blocks', async ({ page }) => {
  await openSample(page, 'digits-mlp');
  await openGraph(page);
  await expect(switchOf(page)).toBeHidden();
});

test('follows a search into a graph of a node', async ({ page }) => {
  const file = path.resolve('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, path.basename(file));
  await openGraph(page);
  await searchFor(page, 'lstm');
  await expect(page.getByRole('navigation', { name: 'Graph inside a graph' })).toBeVisible();
  await expect(detailsOf(page).getByRole('heading', { name: 'LSTM' })).toBeVisible();
});
