/** Reaches things as someone without a pointer does. */
import { expect, type Locator, type Page } from '@playwright/test';

/** Presses Tab until the element has the focus. */
export async function tabTo(page: Page, target: Locator, limit = 80): Promise<void> {
  // Attached, not visible: a radio button may be drawn by its label.
  await expect(target).toBeAttached();
  for (let pressed = 0; pressed < limit; pressed += 1) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`${limit} times Tab did not reach ${target.toString()}.`);
}

/** Presses keys in a row as fast as a person does: the browser receives all of them, however late the page handles them. */
export async function pressInRow(page: Page, ...keys: readonly string[]): Promise<void> {
  await Promise.all(keys.map((key) => page.keyboard.press(key)));
}

/** Presses the down arrow in the menu that has just been opened, until the item has the focus. */
export async function arrowTo(page: Page, item: Locator): Promise<void> {
  const menu = page.getByRole('menu').filter({ has: item });
  // The focus moves into a menu once it is drawn; a key pressed before goes to the button.
  await expect(menu.locator(':focus')).toHaveCount(1);
  const items = await menu.getByRole('menuitem').count();
  for (let pressed = 0; pressed < items; pressed += 1) {
    await page.keyboard.press('ArrowDown');
    if (await item.evaluate((element) => element === document.activeElement)) return;
  }
  throw new Error(`The down arrow did not reach ${item.toString()}.`);
}
