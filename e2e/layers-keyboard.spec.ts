/** The layers without a pointer: from the tabs to a node of a graph inside a graph, and out of a measurement. */
import path from 'node:path';
import { tabTo } from './support/keyboard.ts';
import { commandButton, expectOpen, openFile, openSample } from './support/steps.ts';
import { expect, test } from './support/test.ts';

test('leads from the tabs to a node of a graph inside a graph, and back', async ({ page }) => {
  const file = path.resolve('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, path.basename(file));
  await tabTo(page, page.getByRole('tab', { selected: true }));
  for (let steps = 0; steps < 3; steps += 1) {
    if (await page.getByRole('tab', { name: 'Layers', exact: true, selected: true }).isVisible()) break;
    await page.keyboard.press('ArrowLeft');
  }
  await tabTo(page, page.getByRole('textbox', { name: /^Filter by operator/ }));
  await page.keyboard.type('lstm');
  await expect(page.getByTestId('layer-totals')).toContainText(/^\d+ of \d/);
  const name = page.getByRole('rowheader').first().getByRole('button');
  await expect(name).toContainText(/then_branch|else_branch/);
  await tabTo(page, name);
  await page.keyboard.press('Enter');
  const details = page.getByTestId('node-details');
  await expect(details.getByRole('heading', { name: 'LSTM' })).toBeVisible();
  const trail = page.getByRole('navigation', { name: 'Graph inside a graph' });
  await expect(trail.getByRole('button').last()).toHaveAttribute('aria-current', 'page');
  await tabTo(page, trail.getByRole('button', { name: 'Main graph' }));
  await page.keyboard.press('Enter');
  await expect(trail).toBeHidden();
});

test('enters a graph inside a graph and leaves it, and Escape goes one step back with the focus', async ({ page }) => {
  const file = path.resolve('node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx');
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, path.basename(file));
  await page.getByRole('tab', { name: 'Graph', exact: true }).press('Enter');
  const canvas = page.getByRole('application', { name: /^Graph of / });
  const details = page.getByTestId('node-details');
  const trail = page.getByRole('navigation', { name: 'Graph inside a graph' });
  const search = page.getByRole('textbox', { name: /^Search by operator/ });
  await search.fill('if');
  await search.press('Enter');
  await expect(details.getByRole('heading', { name: 'If', exact: true })).toBeVisible();
  await canvas.press('Enter');
  await expect(trail).toBeVisible();
  await expect(canvas).toBeFocused();
  await page.keyboard.press('ArrowDown');
  await expect(details).not.toContainText('Open then_branch');
  await page.keyboard.press('Enter');
  await expect(details.or(canvas).and(page.locator(':focus'))).toBeVisible();
  await page.keyboard.press('Escape');
  await expect(details).toBeHidden();
  await expect(canvas).toBeFocused();
  await page.keyboard.press('Escape');
  await expect(trail).toBeHidden();
  await expect(details.getByRole('heading', { name: 'If', exact: true })).toBeVisible();
  await expect(canvas).toBeFocused();
});

test('cancels a measurement with Enter', async ({ page }) => {
  // The measurement of a small model may end before the press.
  await openSample(page, 'ppocr-recognizer');
  await page.getByRole('tab', { name: 'Layers', exact: true }).press('Enter');
  await tabTo(page, commandButton(page, 'measure-nodes').first());
  await page.keyboard.press('Enter');
  const bar = page.getByRole('progressbar', { name: /^Measuring nodes of / });
  await expect(bar).toBeVisible();
  await page.locator('button[data-job=cancel]').press('Enter');
  await expect(page.getByText('Measuring nodes was canceled.').first()).toBeVisible();
});

test('turns a switch with Enter', async ({ page }) => {
  await openSample(page, 'fashion-transformer');
  await page.getByRole('tab', { name: 'Graph', exact: true }).press('Enter');
  const showAll = page.getByRole('switch', { name: 'Show all nodes' });
  await tabTo(page, showAll);
  await expect(showAll).not.toBeChecked();
  await page.keyboard.press('Enter');
  await expect(showAll).toBeChecked();
  await page.keyboard.press('Space');
  await expect(showAll).not.toBeChecked();
});
