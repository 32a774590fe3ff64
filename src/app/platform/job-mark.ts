/**
 * Marks the work of a tab in storage while jobs run. The mark is removed when they end or the page is left in order. A
 * mark whose tab is gone shows a crash, most likely for lack of memory.
 */
import * as v from 'valibot';

const key = 'pareto.running';
const markSchema = v.object({ what: v.pipe(v.string(), v.maxLength(300)), tab: v.pipe(v.string(), v.maxLength(100)) });

type MarkStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
type TabLocks = Pick<LockManager, 'query' | 'request'>;

/** The name of the lock that this tab holds while it lives. Another tab sees by it that a mark is no crash. */
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
    // Storage is switched off: a crash is not reported then.
  }
}

/** Removes the mark of this tab. The mark of another tab stays, because its jobs may still run. */
export function clearRunning(storage: MarkStorage = localStorage): void {
  try {
    if (readMark(storage).tab === tab) storage.removeItem(key);
  } catch {
    // There is no mark, or storage is switched off.
  }
}

/** Returns the work of a tab that is gone, and removes its mark. `null`: there is no mark, or its tab still lives. */
export async function takeCrash(
  storage: MarkStorage = localStorage,
  locks: TabLocks = navigator.locks,
): Promise<string | null> {
  try {
    const mark = readMark(storage);
    const { held = [] } = await locks.query();
    if (held.some(({ name }) => name === mark.tab)) return null;
    storage.removeItem(key);
    return mark.what;
  } catch {
    return null;
  }
}

/** Throws if there is no mark. */
function readMark(storage: MarkStorage): v.InferOutput<typeof markSchema> {
  return v.parse(markSchema, JSON.parse(storage.getItem(key) ?? 'null'));
}
