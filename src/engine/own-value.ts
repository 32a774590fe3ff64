/**
 * What a record holds under a name that comes from a file; `undefined` where it has no such entry, also for names that every
 * object answers to, such as `constructor`. Records by name are built with `Object.fromEntries`, which takes `__proto__` as
 * any other name: assigned, that one is lost.
 */
export function ownValue<Value>(
  record: Readonly<Record<string, Value>>,
  name: string,
): Exclude<Value, undefined> | undefined {
  return Object.hasOwn(record, name) ? (record[name] as Exclude<Value, undefined>) : undefined;
}
