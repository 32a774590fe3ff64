/** Claims a work for one tab. Only that tab writes it, so that no tab overwrites the changes of another unseen. */

type Locks = Pick<LockManager, 'request'>;

/** A tab that is just being left gives its claim back a moment after the next one asks. */
const secondTryMs = 300;

let held: { readonly work: string; readonly release: () => void } | null = null;

/** Gives back what this tab holds. */
export function releaseWork(): void {
  held?.release();
  held = null;
}

/**
 * True if this tab is the one that keeps the work, now or already; one claim at a time. `takes`: it is taken from
 * another tab, whose `onLost` is called. Browsers without locks let every tab write.
 */
export async function claimWork(
  work: string,
  { takes = false, onLost }: { readonly takes?: boolean; readonly onLost: () => void },
  locks: Locks | null = globalThis.navigator?.locks ?? null,
): Promise<boolean> {
  if (held?.work === work || locks === null) return true;
  releaseWork();
  if (await request(work, { takes, onLost }, locks)) return true;
  await new Promise((resolve) => setTimeout(resolve, secondTryMs));
  return request(work, { takes, onLost }, locks);
}

function request(
  work: string,
  { takes, onLost }: { readonly takes: boolean; readonly onLost: () => void },
  locks: Locks,
): Promise<boolean> {
  return new Promise((resolve) => {
    const hold = (lock: Lock | null): Promise<void> | undefined => {
      if (lock === null) return void resolve(false);
      return new Promise((release) => {
        held = { work, release };
        resolve(true);
      });
    };
    const options = takes ? { steal: true } : { ifAvailable: true };
    locks.request(`pareto.work.${work}`, options, hold).catch((error: unknown) => {
      // A browser that blocks locks saves no work, so no other tab has it.
      resolve(error instanceof DOMException && error.name === 'SecurityError');
      if (held?.work !== work) return;
      held = null;
      onLost();
    });
  });
}

type WorkMessage = { readonly forgotten: string };

const channelName = 'pareto.works';

/** Tells the other tabs that a work is no longer on this device. */
export function announceForgotten(work: string): void {
  const channel = openChannel();
  channel?.postMessage({ forgotten: work } satisfies WorkMessage);
  channel?.close();
}

/** Hears it from the other tabs. Returns the way to stop. */
export function onForgotten(listener: (work: string) => void): () => void {
  const channel = openChannel();
  channel?.addEventListener('message', ({ data }: MessageEvent<WorkMessage>) => listener(data.forgotten));
  return () => channel?.close();
}

/** `undefined` in Firefox where the browser blocks storage: tabs share no works then. */
function openChannel(): BroadcastChannel | undefined {
  try {
    return new BroadcastChannel(channelName);
  } catch {
    return undefined;
  }
}
