/** The room that the browser gives the page on disk. */
import type { CDPSession, Page } from '@playwright/test';

export interface StorageLimit {
  /** Gives back what the browser gives by itself. */
  lift(): Promise<void>;
}

/** Leaves so much room besides what is stored already (the service worker's files may be). The page must be open. */
export async function limitStorage(page: Page, leftBytes: number): Promise<StorageLimit> {
  const session: CDPSession = await page.context().newCDPSession(page);
  const { origin } = new URL(page.url());
  const { usage } = await session.send('Storage.getUsageAndQuota', { origin });
  await session.send('Storage.overrideQuotaForOrigin', { origin, quotaSize: usage + leftBytes });
  return {
    async lift() {
      await session.send('Storage.overrideQuotaForOrigin', { origin });
    },
  };
}
