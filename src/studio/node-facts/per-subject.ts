import type { NodeSubject } from './node-metric';

/** Computes once for each subject, and forgets with it. */
export function perSubject<Value>(compute: (subject: NodeSubject) => Value): (subject: NodeSubject) => Value {
  const known = new WeakMap<NodeSubject, { readonly value: Value }>();
  return (subject) => {
    const before = known.get(subject);
    if (before !== undefined) return before.value;
    const value = compute(subject);
    known.set(subject, { value });
    return value;
  };
}
