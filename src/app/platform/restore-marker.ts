/**
 * How often bringing a work back has ended the tab: a mark is made before, and taken away by the page that goes on or is
 * left in order. What a crash leaves behind is still there at the next visit.
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
    // As above.
  }
}
