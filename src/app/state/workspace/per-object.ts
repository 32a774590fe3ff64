/** Computes once for each object, and forgets with it. */
export function perObject<Key extends object, Value>(compute: (object: Key) => Value): (object: Key) => Value {
  const known = new WeakMap<Key, { readonly value: Value }>();
  return (object) => {
    const before = known.get(object);
    if (before !== undefined) return before.value;
    const value = compute(object);
    known.set(object, { value });
    return value;
  };
}
