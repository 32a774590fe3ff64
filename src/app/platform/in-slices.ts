import { nextTask } from './next-task';

const sliceMs = 20;

/**
 * Maps many entries, and lets the page answer in between: after 20 ms of work it waits for its next turn. For what asks the browser
 * something of each, such as sizes of files, which it looks up on the disk one by one.
 */
export async function mapInSlices<Entry, Value>(
  entries: readonly Entry[],
  map: (entry: Entry) => Value,
): Promise<Value[]> {
  const values: Value[] = [];
  let startedMs = performance.now();
  for (const entry of entries) {
    if (performance.now() - startedMs > sliceMs) {
      await nextTask();
      startedMs = performance.now();
    }
    values.push(map(entry));
  }
  return values;
}
