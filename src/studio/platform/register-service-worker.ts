/** Registers what makes the application work offline after the first visit. */

/**
 * Once the page is idle the service worker also stores the builds of onnxruntime-web: tens of megabytes that must not
 * compete with what the page needs first, and that a person who saves data is spared.
 */
export async function registerServiceWorker(): Promise<void> {
  // Development reloads modules one by one, which a cache would only get in the way of.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  try {
    await navigator.serviceWorker.register('./service-worker.js');
    const { active } = await navigator.serviceWorker.ready;
    if (savesData()) return;
    const ask = (): void => active?.postMessage('store-runtimes');
    if ('requestIdleCallback' in globalThis) requestIdleCallback(ask, { timeout: 10_000 });
    else setTimeout(ask, 2000);
  } catch {
    // Without it everything works but the offline start: a private window or a full disk is no reason for a message.
  }
}

function savesData(): boolean {
  const { connection } = navigator as Navigator & { readonly connection?: { readonly saveData?: boolean } };
  return connection?.saveData === true;
}
