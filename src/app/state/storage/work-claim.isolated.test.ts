import { beforeEach, describe, expect, it, vi } from 'vitest';

type Hold = (lock: Lock | null) => unknown;

/** A model of the Web Locks API for one name at a time. */
function createLocks() {
  const owners = new Map<string, (reason: unknown) => void>();
  return {
    request(name: string, options: LockOptions, hold: Hold) {
      if (options.ifAvailable === true && owners.has(name)) return Promise.resolve(hold(null));
      owners.get(name)?.(new DOMException('stolen', 'AbortError'));
      return new Promise((resolve, reject) => {
        owners.set(name, reject);
        void Promise.resolve(hold({ name, mode: 'exclusive' })).then((value) => {
          if (owners.get(name) === reject) owners.delete(name);
          return resolve(value);
        });
      });
    },
  } as unknown as LockManager;
}

/** Each tab has the module for itself. */
async function openTab() {
  vi.resetModules();
  return import('./work-claim');
}

describe('the claim of a tab', () => {
  let locks: LockManager;
  beforeEach(() => {
    locks = createLocks();
  });

  it('is held by one tab, until it lets go', async () => {
    const [one, other] = [await openTab(), await openTab()];
    const onLost = vi.fn<() => void>();
    expect(await one.claimWork('a', { onLost }, locks)).toBe(true);
    expect(await one.claimWork('a', { onLost }, locks)).toBe(true);
    expect(await other.claimWork('a', { onLost }, locks)).toBe(false);
    expect(await other.claimWork('b', { onLost }, locks)).toBe(true);
    one.releaseWork();
    expect(await other.claimWork('a', { onLost }, locks)).toBe(true);
    expect(onLost).not.toHaveBeenCalled();
  });

  it('can be taken, which the other tab hears', async () => {
    const [one, other] = [await openTab(), await openTab()];
    const onLost = vi.fn<() => void>();
    await one.claimWork('a', { onLost }, locks);
    expect(await other.claimWork('a', { takes: true, onLost: vi.fn<() => void>() }, locks)).toBe(true);
    await vi.waitFor(() => expect(onLost).toHaveBeenCalledOnce());
    expect(await one.claimWork('a', { onLost }, locks)).toBe(false);
  });

  it('belongs to every tab without locks', async () => {
    const tab = await openTab();
    expect(await tab.claimWork('a', { onLost: () => undefined }, null)).toBe(true);
  });
});
