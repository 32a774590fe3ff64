import path from 'node:path';
import { expect, type Page } from '@playwright/test';

/** A real drop: through the browser's own drag and drop, which alone can carry a folder. */
export async function drop(page: Page, ...paths: readonly string[]): Promise<void> {
  const session = await page.context().newCDPSession(page);
  const data = { items: [], files: [...paths], dragOperationsMask: 1 };
  for (const type of ['dragEnter', 'dragOver', 'drop'] as const) {
    await session.send('Input.dispatchDragEvent', { type, x: 300, y: 300, data });
  }
  await session.detach();
}

/** Drops a recipe, and waits until it is the one that Run runs. */
export async function dropRecipe(page: Page, file: string): Promise<void> {
  await drop(page, file);
  await expect(page.getByRole('button', { name: `Undo: apply ${path.basename(file)}` })).toBeVisible();
}
