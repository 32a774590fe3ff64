/**
 * Returns the entry of a record for a name from a file. `undefined` if there is none, also for names that every object
 * has, such as `constructor`. Records by name must be built with `Object.fromEntries`, which accepts `__proto__` like
 * any other name. An assignment would lose it.
 */
export function ownValue<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
): Exclude<Value, undefined> | undefined {
  return Object.hasOwn(record, name) ? (record[name] as Exclude<Value, undefined>) : undefined;
}
