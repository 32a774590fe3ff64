/** Names of nodes in the options of a pass. */
import { formatNodePath } from '../format';
import type { NodeVisit } from '../onnx/traverse';
import { ownValue } from '../own-value';
import type { Refusal } from './pass';

/** The names of a node: its own, if it has one, and its path, whole and as people read it. */
export function namesOfNode({ node, path }: Pick<NodeVisit, 'node' | 'path'>): readonly string[] {
  const paths = [path, formatNodePath(path)];
  return node.name ? [node.name, ...paths] : paths;
}

/** The value of an option of kind `map` for a node, under the first of its names that the option has. */
export function givenTo(
  visit: Pick<NodeVisit, 'node' | 'path'>,
  byName: Readonly<Record<string, number>>,
): number | undefined {
  return namesOfNode(visit)
    .map((name) => ownValue(byName, name))
    .find((given) => given !== undefined);
}

/**
 * Returns a `no-such-node` refusal for each name of `wanted` that is not in `known`, in order, without repetition.
 * Otherwise a mistyped name would pass unnoticed.
 */
export function unknownNodeNames(wanted: Iterable<string>, known: ReadonlySet<string>): Refusal[] {
  return [...new Set(wanted)]
    .filter((name) => !known.has(name))
    .map((name) => ({
      path: name,
      op: 'Node',
      code: 'no-such-node',
      reason: 'No node has this name. inspect lists node names.',
    }));
}
