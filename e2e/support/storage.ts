/** What the page keeps on disk, and the room that the browser gives it there. */
import type { CDPSession, Page } from '@playwright/test';

/**
 * Until all that has changed so far is saved. In the page itself: where changes go on, as while a search runs, whoever looks from
 * outside may miss the moment. Of two saves that end from now on, the second has begun from now on.
 */
export async function waitForSaving(page: Page): Promise<void> {
  await page.evaluate(
    () =>
      new Promise<void>((resolve) => {
        const { dataset } = document.documentElement;
        const saves = (): number => Number(dataset['saves'] ?? 0);
        const enough = saves() + 2;
        const isSaved = (): boolean => dataset['saving'] !== 'true' || saves() >= enough;
        if (isSaved()) return resolve();
        const observer = new MutationObserver(() => {
          if (!isSaved()) return;
          observer.disconnect();
          resolve();
        });
        observer.observe(document.documentElement, { attributeFilter: ['data-saving', 'data-saves'] });
      }),
  );
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
