/** How soon a graph of thousands of nodes is drawn, and how fluid it is. */
import type { Page } from '@playwright/test';
import { deepModelFile } from './support/deep-model.ts';
import { expectOpen, openFile } from './support/steps.ts';
import { expect, test } from './support/test.ts';

const tableOf = (page: Page) => page.getByRole('table', { name: 'Nodes of the model with what each costs' });
const canvasOf = (page: Page) => page.getByRole('application', { name: /^Graph of / });

async function openTab(page: Page, name: string): Promise<void> {
  await page.getByRole('tab', { name, exact: true }).click();
}

/** From the canvas' label. */
async function countItems(page: Page): Promise<number> {
  return Number(/(\d+) items/.exec((await canvasOf(page).getAttribute('aria-label'))!)![1]);
}

async function threeFrames(): Promise<void> {
  for (let frame = 0; frame < 3; frame += 1) await new Promise((resolve) => requestAnimationFrame(resolve));
}

/** Moves the pointer that is down, once per frame, for two seconds. Gives frames per second. */
async function panForAWhile({ x, y }: { x: number; y: number }): Promise<number> {
  const canvas = document.querySelector('canvas[role=application]')!;
  const started = performance.now();
  let frames = 0;
  while (performance.now() - started < 2000) {
    await new Promise((resolve) => requestAnimationFrame(resolve));
    frames += 1;
    const clientX = x + 120 * Math.sin(frames / 10);
    const clientY = y - frames * 4;
    canvas.dispatchEvent(new PointerEvent('pointermove', { pointerId: 1, clientX, clientY, bubbles: true }));
  }
  return (frames * 1000) / (performance.now() - started);
}

test('draws 5,000 nodes within two seconds and pans them fluidly', async ({ page }) => {
  await page.goto('./');
  const file = deepModelFile(5000);
  await openFile(page, file);
  await expectOpen(page, file.name);
  // What the weights are kept as is known once the model has been described, which is no part of drawing it.
  await openTab(page, 'Layers');
  await expect(tableOf(page)).toContainText('float32');
  const started = Date.now();
  await openTab(page, 'Graph');
  await expect(canvasOf(page)).toBeVisible();
  // The colours of the theme are read in one frame, and the graph is drawn in the next.
  await page.evaluate(threeFrames);
  const firstPaintMs = Date.now() - started;
  const box = (await canvasOf(page).boundingBox())!;
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  const before = await canvasOf(page).screenshot();
  const framesPerSecond = await page.evaluate(panForAWhile, { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  await page.mouse.up();
  expect((await canvasOf(page).screenshot()).equals(before), 'the graph has moved').toBe(false);
  console.log(
    `5,000 nodes: first paint ${firstPaintMs} ms, panning at ${framesPerSecond.toFixed(0)} frames per second`,
  );
  expect(firstPaintMs).toBeLessThan(2000);
  expect(framesPerSecond).toBeGreaterThanOrEqual(50);
});

test('draws 5,000 nodes with collapsed blocks within two seconds', async ({ page }) => {
  const file = deepModelFile(5000);
  await page.goto('./');
  await openFile(page, file);
  await expectOpen(page, file.name);
  await openTab(page, 'Graph');
  await expect(canvasOf(page)).toBeVisible();
  const all = await countItems(page);
  const started = Date.now();
  await page.getByRole('switch', { name: 'Collapse repeated blocks' }).press('Space');
  await expect.poll(() => countItems(page), { intervals: [50] }).toBeLessThan(all);
  const collapsedMs = Date.now() - started;
  console.log(`5,000 nodes: ${await countItems(page)} items after ${collapsedMs} ms`);
  expect(collapsedMs).toBeLessThan(2000);
});
