/** Describes in sentences how the inputs and outputs of two corresponding graphs differ. */
import type { ValueName } from '../../onnx/graph';
import type { NodeMatches } from './diff-match';
import type { DiffNode, DiffScope } from './diff-scope';
import { sourceDifferences, valueNamed, type NamedValue } from './diff-source';

type Matches = Pick<NodeMatches, 'aToB'>;

/** Compares inputs and outputs of the main graphs by name and by order, because a caller finds them by either. */
export function mainGraphDifferences(a: DiffScope, b: DiffScope, matches: Matches): readonly string[] {
  const shared = a.outputs.filter((name) => b.outputs.includes(name));
  return [
    ...orderDifferences('the inputs', fedInputs(a), fedInputs(b)),
    ...orderDifferences('the outputs', a.outputs, b.outputs),
    ...shared.flatMap((name) => outputDifferences(valueNamed(name, a), valueNamed(name, b), matches)),
  ];
}

/** Compares inputs and outputs of the graphs inside the nodes, both by position. */
export function resultDifferences(a: DiffNode, b: DiffNode, matches: Matches): readonly string[] {
  return [...a.inside].flatMap(([attribute, left]) => {
    const right = b.inside.get(attribute);
    return right === undefined ? [] : bodyDifferences(`its ${attribute}`, left, right, matches);
  });
}

/** @param label of the body: `its then_branch`. */
export function bodyDifferences(label: string, a: DiffScope, b: DiffScope, matches: Matches): readonly string[] {
  const order = orderDifferences(`the inputs of ${label}`, a.inputs, b.inputs);
  if (a.outputs.length !== b.outputs.length) {
    return [...order, `${label} returned ${a.outputs.length} values and returns ${b.outputs.length}`];
  }
  const results = a.outputs.flatMap((name, index) =>
    sourceDifferences(valueNamed(name, a), valueNamed(b.outputs[index]!, b), [`${label} returned`, 'returns'], matches),
  );
  return [...order, ...results];
}

/** Compares the order of the names that both have. A name that only one of them has is another difference. */
function orderDifferences(label: string, a: readonly ValueName[], b: readonly ValueName[]): readonly string[] {
  const [before, after] = [a.filter((name) => b.includes(name)), b.filter((name) => a.includes(name))];
  if (before.join('\n') === after.join('\n')) return [];
  return [`${label} were in the order ${before.join(', ')} and are in the order ${after.join(', ')}`];
}

/** Initializers may be listed among the inputs, as their defaults. */
function fedInputs(main: DiffScope): readonly ValueName[] {
  return main.inputs.filter((name) => main.origin(name).kind === 'input');
}

function outputDifferences(a: NamedValue, b: NamedValue, matches: Matches): readonly string[] {
  const differences = sourceDifferences(a, b, [`output ${a.name} was`, 'is'], matches);
  // The value has the output's name in both models: which node computes it is what there is to say.
  if (a.origin.kind !== 'node' || b.origin.kind !== 'node' || differences.length === 0) return differences;
  return [`output ${a.name} came from ${textOfNode(a.origin.from)} and comes from ${textOfNode(b.origin.from)}`];
}

function textOfNode({ node, path }: DiffNode): string {
  return `${node.opType ?? ''} (${path})`;
}
