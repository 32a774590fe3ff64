/** Names in the options of a pass that no node has: said like a refusal, or a mistyped name would pass unnoticed. */
import type { Refusal } from './pass';

/** One `no-such-node` refusal for each of `wanted` (names or paths of nodes) that is not in `known`, in order, once. */
export function unknownNodeNames(wanted: Iterable<string>, known: ReadonlySet<string>): Refusal[] {
  return [...new Set(wanted)]
    .filter((name) => !known.has(name))
    .map((name) => ({
      path: name,
      op: '',
      code: 'no-such-node',
      reason: 'No node has this name; node names are listed by inspect.',
    }));
}
