/** What the page keeps on disk, and the room that the browser gives it there. */
import { expect, type CDPSession, type Page } from '@playwright/test';

/** Saving waits for a pause in the changes. */
export async function waitForSaving(page: Page): Promise<void> {
  await expect(page.locator('html')).not.toHaveAttribute('data-saving', 'true');
}

export interface StorageLimit {
  /** Gives back what the browser gives by itself. */
  lift(): Promise<void>;
}

/** Leaves so much room besides what is stored already, the service worker's files among it. The page must be open. */
export async function limitStorage(page: Page, leftBytes: number): Promise<StorageLimit> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  await page.evaluate(async () => void (await navigator.serviceWorker.ready));
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin });
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + leftBytes });
  return {
    async lift() {
      await session.send('Storage.overrideQuotaForOrigin', { origin });
    },
  };
}
