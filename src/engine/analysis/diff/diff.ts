/** Compares two models node by node: equal nodes, changed nodes, and nodes that only one of them has. */
import { capitalize } from '../../format';
import { dataTypeName } from '../../onnx/data-type';
import { describeShape } from '../../onnx/declared-shape';
import type { Model, ValueInfo } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { withNamesOf } from '../../onnx/short-names';
import { canonicalDomain } from '../../onnx/traverse';
import { bodyDifferences, mainGraphDifferences } from './diff-graph';
import { differencesOf } from './diff-node';
import { matchNodes, type NodeMatches } from './diff-match';
import { diffScopes, type DiffNode, type DiffScope } from './diff-scope';

/** A node by its path: `graph/If_0.then_branch/Conv_3`. */
export interface DiffEntry {
  readonly path: string;
  readonly op: string;
}

export interface ChangedNode {
  /** Paths in the two models. */
  readonly a: string;
  readonly b: string;
  /** The operator of the node in B. */
  readonly op: string;
  /** One sentence: what changed. */
  readonly what: string;
}

/**
 * The `diff` command's JSON (a contract from the first release on: add, never rename). `same`, `changed` and `onlyA` make up
 * the nodes of A.
 */
export interface ModelDifference {
  readonly same: number;
  readonly changed: readonly ChangedNode[];
  readonly onlyA: readonly DiffEntry[];
  readonly onlyB: readonly DiffEntry[];
  /** Changes of the models themselves: operator sets; inputs, outputs and their sources; results of functions. */
  readonly model: readonly string[];
}

export interface DiffContext {
  /** Lets the host breathe, and ends the comparison by throwing. */
  checkpoint(): Promise<void>;
  /** Every pair of nodes that stand for each other, with paths; for views side by side. */
  onPair?(a: string, b: string): void;
}

/**
 * Compares two valid models, graphs inside nodes and bodies of functions too. Nodes that differ in nothing but their
 * name count as the same. Weights are compared bit by bit, wherever they are stored: they may have moved between
 * initializers and Constant nodes. If one model has short names that were made from the other's, they are read as the
 * long ones. Throws `external-data/missing` when data of a weight that must be read is not at hand.
 */
export async function diffModels(left: Model, right: Model, context: DiffContext): Promise<ModelDifference> {
  const [a, b] = [withNamesOf(left, right), withNamesOf(right, left)];
  const [scopesA, scopesB] = [diffScopes(a), diffScopes(b)];
  await context.checkpoint();
  const { aToB, bToA } = matchNodes(scopesA, scopesB);
  await context.checkpoint();
  const comparison = { aToB, inferredA: inferModel(a), inferredB: inferModel(b) };
  const changed: ChangedNode[] = [];
  const onlyA: DiffEntry[] = [];
  let same = 0;
  for (const entry of allNodes(scopesA)) {
    await context.checkpoint();
    const partner = aToB.get(entry);
    if (partner === undefined) {
      onlyA.push(entryOf(entry));
      continue;
    }
    context.onPair?.(entry.path, partner.path);
    const what = differencesOf(entry, partner, comparison);
    if (what.length === 0) same++;
    else changed.push({ a: entry.path, b: partner.path, op: partner.node.opType ?? '', what: sentence(what) });
  }
  const onlyB = [...allNodes(scopesB)].filter((entry) => !bToA.has(entry)).map(entryOf);
  const model = [...modelDifferences(a, b), ...graphDifferences(scopesA, scopesB, comparison)];
  return { same, changed, onlyA, onlyB, model };
}

function* allNodes(scopes: ReadonlyMap<string, DiffScope>): Generator<DiffNode> {
  for (const scope of scopes.values()) yield* scope.allNodes();
}

function entryOf({ path, node }: DiffNode): DiffEntry {
  return { path, op: node.opType ?? '' };
}

function sentence(parts: readonly string[]): string {
  return `${capitalize(parts.join('; '))}.`;
}

/** Compares the main graphs, and the functions that both models have. */
function graphDifferences(
  scopesA: ReadonlyMap<string, DiffScope>,
  scopesB: ReadonlyMap<string, DiffScope>,
  matches: Pick<NodeMatches, 'aToB'>,
): readonly string[] {
  return [...scopesA].flatMap(([path, a]) => {
    const b = scopesB.get(path);
    if (b === undefined) return [];
    const found = a.graph ? mainGraphDifferences(a, b, matches) : bodyDifferences(`the body of ${path}`, a, b, matches);
    return found.map((text) => sentence([text]));
  });
}

function modelDifferences(a: Model, b: Model): readonly string[] {
  const opsets = [a, b].map(
    ({ opsetImports }) =>
      new Map(opsetImports.map(({ domain, version }) => [canonicalDomain(domain) || 'ai.onnx', String(version ?? 0n)])),
  );
  return [
    ...mapDifferences('Operator set', opsets[0]!, opsets[1]!),
    ...mapDifferences('Input', describeValues(a.graph?.inputs), describeValues(b.graph?.inputs)),
    ...mapDifferences('Output', describeValues(a.graph?.outputs), describeValues(b.graph?.outputs)),
  ];
}

function mapDifferences(
  kind: string,
  a: ReadonlyMap<string, string>,
  b: ReadonlyMap<string, string>,
): readonly string[] {
  const found: string[] = [];
  for (const [name, before] of a) {
    const after = b.get(name);
    if (after === undefined) found.push(`${kind} ${name} (${before}) was removed.`);
    else if (after !== before) found.push(`${kind} ${name} was ${before} and is ${after}.`);
  }
  for (const [name, after] of b) if (!a.has(name)) found.push(`${kind} ${name} (${after}) was added.`);
  return found;
}

function describeValues(values: readonly ValueInfo[] = []): ReadonlyMap<string, string> {
  return new Map(values.map(({ name = '', type }) => [name, describeType(type)]));
}

function describeType(type: ValueInfo['type']): string {
  if (type?.kind !== 'tensor' && type?.kind !== 'sparseTensor') return type?.kind ?? 'of no stated type';
  return `${dataTypeName(type.elementType ?? 0)}${type.shape ? `[${describeShape({ type })}]` : ' of any shape'}`;
}
