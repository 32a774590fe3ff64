import { nextTask } from './next-task';

const sliceMs = 20;

/**
 * Maps many entries, and lets the page respond in between: after 20 ms of work it waits for the next task. Meant for
 * requests to the browser about each entry, such as file sizes, which it looks up on the disk one by one.
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
