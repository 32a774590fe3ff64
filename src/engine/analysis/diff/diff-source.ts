/** Describes in sentences how the sources of two corresponding values differ. */
import { dataTypeName } from '../../onnx/data-type';
import type { ValueName } from '../../onnx/graph';
import { isSameOrigin, type NodeMatches } from './diff-match';
import type { DiffScope, Origin } from './diff-scope';
import { sparseDifferences, tensorDifferences } from './diff-tensor';

type ConstantOrigin = Extract<Origin, { kind: 'constant' }>;

export interface NamedValue {
  readonly name: ValueName;
  readonly origin: Origin;
}

export function valueNamed(name: ValueName, scope: DiffScope): NamedValue {
  return { name, origin: scope.origin(name) };
}

/** @param verbs of the sentence, with its subject: `input 1 was` and `is`. */
export function sourceDifferences(
  a: NamedValue,
  b: NamedValue,
  [was, is]: readonly [string, string],
  matches: Pick<NodeMatches, 'aToB'>,
): readonly string[] {
  if (a.origin.kind === 'constant' && b.origin.kind === 'constant') {
    const differences = constantDifferences(b.name, a.origin, b.origin);
    // Weights of different names are two weights, so the sentence names both instead of a change of one.
    if (differences.length === 0 || a.name === b.name) return differences;
    const [before, after] = textsOfConstants(a.origin, b.origin);
    return [`${was} the weight ${a.name}${before} and ${is} the weight ${b.name}${after}`];
  }
  if (isSameOrigin(a.origin, b.origin, matches)) return [];
  return [`${was} ${textOfValue(a)} and ${is} ${textOfValue(b)}`];
}

function constantDifferences(name: string, a: ConstantOrigin, b: ConstantOrigin): readonly string[] {
  const label = `weight ${name}`;
  if (a.sparse && b.sparse) return sparseDifferences(label, a.sparse, b.sparse);
  if (a.sparse || b.sparse) return [`${label} ${b.sparse ? 'became' : 'was'} sparse`];
  return tensorDifferences(label, a.tensor, b.tensor);
}

/** Describes each constant with just enough detail to distinguish the two. */
function textsOfConstants(a: ConstantOrigin, b: ConstantOrigin): readonly [string, string] {
  const [types, shapes] = [
    [a, b].map(({ tensor }) => dataTypeName(tensor.dataType ?? 0)),
    [a, b].map(({ tensor, sparse }) => `[${(sparse ?? tensor).dims.join(', ')}]`),
  ];
  const kinds = [a, b].map(({ sparse }) => (sparse ? 'sparse ' : ''));
  if (types[0] === types[1] && shapes[0] === shapes[1] && kinds[0] === kinds[1]) return ['', ' with other values'];
  const isOneType = types[0] === types[1];
  const [before, after] = [0, 1].map((index) => ` (${kinds[index]}${isOneType ? '' : types[index]}${shapes[index]})`);
  return [before!, after!];
}

function textOfValue({ origin, name }: NamedValue): string {
  switch (origin.kind) {
    case 'node':
      return `${name} of ${origin.from.path}`;
    case 'constant':
      return `the weight ${name}`;
    case 'input':
      return `the input ${name} of ${origin.scope.path}`;
    case 'missing':
      return name;
  }
}
