/**
 * Marks the job that this tab runs. The mark is removed when jobs end or the page is left. A mark of a tab that no longer
 * exists shows a crash, most likely for lack of memory.
 */
import * as v from 'valibot';

const key = 'pareto.running';
const markSchema = v.object({ what: v.pipe(v.string(), v.maxLength(300)), tab: v.pipe(v.string(), v.maxLength(100)) });

type MarkStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
type TabLocks = Pick<LockManager, 'query' | 'request'>;

/** The name of a lock that this tab holds until it ends: while it is held, a mark of this tab is not a crash. */
let tab: string | undefined;

function holdTab(locks: TabLocks): string {
  if (tab !== undefined) return tab;
  tab = `pareto.tab.${crypto.randomUUID()}`;
  locks.request(tab, () => new Promise<never>(() => undefined)).catch(() => undefined);
  return tab;
}

/** @param what after "while": `measuring 4 cells`. */
export function markRunning(
  what: string,
  storage: MarkStorage = localStorage,
  locks: TabLocks = navigator.locks,
): void {
  try {
    storage.setItem(key, JSON.stringify({ what: what.slice(0, 300), tab: holdTab(locks) }));
  } catch {
    // Storage is switched off: then a crash is not told.
  }
}

export function clearRunning(storage: MarkStorage = localStorage): void {
  try {
    storage.removeItem(key);
  } catch {
    // As above.
  }
}

/** Returns the job of a tab that crashed, and removes its mark; `null` if there is no mark, or its tab still exists. */
export async function takeCrash(
  storage: MarkStorage = localStorage,
  locks: TabLocks = navigator.locks,
): Promise<string | null> {
  try {
    const mark = v.parse(markSchema, JSON.parse(storage.getItem(key) ?? 'null'));
    const { held = [] } = await locks.query();
    if (held.some(({ name }) => name === mark.tab)) return null;
    storage.removeItem(key);
    return mark.what;
  } catch {
    return null;
  }
}
