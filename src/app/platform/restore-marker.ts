/**
 * Counts how often restoring a work has crashed the tab. A mark is set before restoring, and removed when the page
 * continues or is closed in order. A crash leaves the mark for the next visit.
 */
import * as v from 'valibot';

const key = 'pareto.restoring';
const markSchema = v.object({ work: v.string(), times: v.pipe(v.number(), v.integer(), v.minValue(1)) });

type MarkStorage = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** Times in a row that the work was being brought back when the tab ended. */
export function crashesOfWork(work: string, storage: MarkStorage = localStorage): number {
  try {
    const mark = v.parse(markSchema, JSON.parse(storage.getItem(key) ?? 'null'));
    return mark.work === work ? mark.times : 0;
  } catch {
    return 0;
  }
}

export function markRestore(work: string, storage: MarkStorage = localStorage): void {
  try {
    storage.setItem(key, JSON.stringify({ work, times: crashesOfWork(work, storage) + 1 }));
  } catch {
    // Storage is switched off: then nothing is brought back either.
  }
}

export function clearRestoreMark(storage: MarkStorage = localStorage): void {
  try {
    storage.removeItem(key);
  } catch {
    // Storage is switched off.
  }
}
