/** The views of the studio end above the action bar, with details in sight, and as cards on a phone. */
import type { Locator, Page } from '@playwright/test';
import { expectNoViolations } from './support/accessibility.ts';
import {
  choosePreset,
  commandButton,
  layersTable,
  longestJobMs,
  openSample,
  openTab,
  runRecipe,
} from './support/steps.ts';
import { canvasOf } from './support/canvas.ts';
import { expect, test } from './support/test.ts';

const desktop = { width: 1440, height: 900 };
const phone = { width: 390, height: 844 };
const boxOf = (page: Page) => page.getByRole('group', { name: 'Table of all nodes' });

/** Without scrolling, all of it can be seen: nothing of it is under the bar of actions. */
async function expectAboveActions(page: Page, target: Locator): Promise<void> {
  const actions = page.getByRole('group', { name: 'Actions' });
  await expect(target).toBeVisible();
  await expect
    .poll(async () => {
      const [box, bar] = [(await target.boundingBox())!, (await actions.boundingBox())!];
      return box.y + box.height - bar.y;
    })
    .toBeLessThanOrEqual(0);
}

/** Pixels of it that are out of sight to the side, once it is laid out. */
function expectSidewaysExcess(target: Locator) {
  const excess = () => target.evaluate(({ scrollWidth, clientWidth }) => scrollWidth - clientWidth);
  return expect.poll(excess, { message: 'pixels that scroll sideways' });
}

async function measureNodes(page: Page): Promise<void> {
  await commandButton(page, 'measure-nodes').first().click();
  await expect(page.getByRole('columnheader', { name: 'Time' })).toBeVisible({ timeout: longestJobMs });
}

test('graphs end above the actions with details beside them, or over their end without room', async ({ page }) => {
  await page.setViewportSize(desktop);
  await openSample(page, 'fashion-transformer');
  await openTab(page, 'Graph');
  await expectAboveActions(page, page.getByRole('list', { name: 'Colors: operator' }));
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openTab(page, 'Graph');
  await expect(canvasOf(page)).toHaveCount(2);
  for (const legend of await page.getByRole('list', { name: 'Colors: operator' }).all()) {
    await expectAboveActions(page, legend);
  }
  await canvasOf(page).last().focus();
  await page.keyboard.press('ArrowDown');
  await expectAboveActions(page, page.getByTestId('node-details'));
  for (const canvas of await canvasOf(page).all()) {
    await expect
      .poll(async () => (await canvas.boundingBox())!.height, { message: 'height of a graph' })
      .toBeGreaterThan(250);
  }

  for (const width of [1200, phone.width]) {
    await canvasOf(page).last().press('Escape');
    await expect(page.getByTestId('node-details')).toBeHidden();
    await page.setViewportSize({ width, height: 844 });
    // Scrolls to the canvas as a person would.
    await openTab(page, 'Graph');
    await canvasOf(page).first().focus();
    await page.keyboard.press('ArrowDown');
    await expectAboveActions(page, page.getByTestId('node-details'));
    await expectNoViolations(page, `details over the graph at ${width} px`);
  }

  await test.step('at 200 % the name of the model can be read', async () => {
    await page.setViewportSize({ width: desktop.width / 2, height: desktop.height / 2 });
    const name = page.getByRole('banner').getByText('fashion-transformer.onnx');
    await expectSidewaysExcess(name).toBeLessThanOrEqual(0);
  });
});

test('layers are cards on a phone; with times they fit beside each other, and names stay in sight', async ({
  page,
}) => {
  await openSample(page, 'fashion-transformer');
  await expectCardsOnPhone(page);

  await page.setViewportSize(desktop);
  await choosePreset(page, 'int8-dynamic');
  await runRecipe(page);
  await openTab(page, 'Layers');
  await measureNodes(page);
  await expectSidewaysExcess(boxOf(page)).toBeLessThanOrEqual(0);
  await expectAboveActions(page, boxOf(page));

  await page.setViewportSize({ width: 1120, height: 900 });
  await expectSidewaysExcess(boxOf(page)).toBeGreaterThan(0);
  const name = page.getByRole('rowheader').first();
  const before = (await name.boundingBox())!;
  await boxOf(page).evaluate((box) => box.scrollTo({ left: 200 }));
  await expect.poll(async () => (await name.boundingBox())!.x).toBe(before.x);
});

/** Sorted by their own bar. */
async function expectCardsOnPhone(page: Page): Promise<void> {
  await page.setViewportSize(phone);
  await openTab(page, 'Layers');
  await expectSidewaysExcess(boxOf(page)).toBeLessThanOrEqual(0);
  const table = layersTable(page);
  const first = table.getByRole('row').nth(1);
  await expect(first).toContainText(/MatMul|Gemm/);
  // Its operator and its number share the first line; facts stand two beside each other.
  const widths = () => first.locator('td[data-title]').evaluateAll((cells) => cells.map((cell) => cell.clientWidth));
  await expect.poll(async () => (await widths()).length).toBeGreaterThan(2);
  await expect.poll(async () => Math.max(...(await widths()))).toBeLessThan(phone.width / 2);
  await expectNoViolations(page, 'layers as cards');
}
