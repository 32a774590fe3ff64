/** Registers the worker that lets the application start offline after the first visit. */

export async function registerServiceWorker(): Promise<void> {
  if (!hasServiceWorker()) return;
  try {
    await navigator.serviceWorker.register('./service-worker.js');
  } catch {
    // Without it everything works but the offline start: a private window or a full disk is no reason for a message.
  }
}

export function hasServiceWorker(): boolean {
  // Development reloads modules one by one, which a cache would only get in the way of.
  return import.meta.env.PROD && 'serviceWorker' in navigator;
}

/**
 * Stores the files that each kind of work needs, not only those used before: tens of megabytes. Rejects with the
 * reason, a sentence.
 */
export async function storeForOffline(): Promise<void> {
  const { active } = await navigator.serviceWorker.ready;
  const { port1, port2 } = new MessageChannel();
  const answered = new Promise<string | null>((resolve) => {
    port1.onmessage = ({ data }: MessageEvent<string | null>) => resolve(data);
  });
  active?.postMessage('store-runtimes', [port2]);
  const problem = await answered;
  port1.close();
  if (problem !== null) throw new Error(problem);
}
