/** The files of the page on disk, and the room that the browser gives it there. */
import type { CDPSession, Page } from '@playwright/test';

/**
 * Waits until all changes so far are saved. It waits in the page itself, because an observer outside may miss the
 * moment while changes continue, as during a search. The second save that ends after the call has begun after it.
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
  /** Restores the storage that the browser gives by default. */
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
