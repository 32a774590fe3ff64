/**
 * The part of a variant that computes some values from values of the original. It shows the error of its nodes alone.
 */
import type { Graph, Model, Node, ValueInfo, ValueName } from '../onnx/graph';
import { namesDefinedBy, namesReadBy } from '../onnx/subgraphs';
import { producersIn } from '../onnx/traverse';
import type { ComparableValue } from './comparable-values';

export interface LocalPart {
  readonly model: Model;
  /** Values of the original that feed this part: their names in the original, by the names of its inputs. */
  readonly fed: ReadonlyMap<ValueName, ValueName>;
  /** Names of its outputs, by the value that each gives. */
  readonly outputs: ReadonlyMap<ComparableValue, ValueName>;
}

/**
 * Cuts the main graph of the variant at every value that the original also has. Readers of such a value read an input
 * of its name, and its producer writes it under another name. The result has only the nodes between the cuts and the
 * wanted values.
 *
 * @param wanted some of `all`.
 * @param all as `comparableValues` gives them for the original and this variant.
 */
export function localPart(
  variant: Model,
  wanted: readonly ComparableValue[],
  all: readonly ComparableValue[],
): LocalPart {
  const graph = variant.graph!;
  const cuts = cutsAt(all);
  const { nodes, read } = nodesBetween(producersIn(graph.nodes), wanted, cuts);
  const taken = new Set(namesDefinedBy(graph));
  const ownNames = new Map<ValueName, ValueName>();
  for (const name of cuts.keys()) {
    let own = `${name}_own`;
    while (taken.has(own)) own = `${own}_own`;
    ownNames.set(name, own);
    taken.add(own);
  }
  const outputs = new Map(wanted.map((pair) => [pair, ownNames.get(pair.b.value) ?? pair.b.value]));
  const fed = new Map([...read].flatMap((name) => (cuts.has(name) ? [[name, cuts.get(name)!.a.value] as const] : [])));
  const part: Graph = {
    ...graph,
    nodes: graph.nodes
      .filter((node) => nodes.has(node))
      .map((node): Node => ({ ...node, outputs: node.outputs.map((name) => ownNames.get(name) ?? name) })),
    initializers: graph.initializers.filter(({ name }) => read.has(name ?? '')),
    sparseInitializers: graph.sparseInitializers.filter(({ values }) => read.has(values?.name ?? '')),
    inputs: [
      ...graph.inputs.filter(({ name }) => read.has(name ?? '')),
      ...Array.from(fed.keys(), (name): ValueInfo => {
        return { name, type: { kind: 'tensor', elementType: cuts.get(name)!.fedAs! } };
      }),
    ],
    outputs: Array.from(outputs.values(), (name): ValueInfo => ({ name })),
    valueInfos: [],
    quantizationAnnotations: [],
  };
  return { model: { ...variant, graph: part }, fed, outputs };
}

/** Returns for each value the values that feed the part which computes it alone. The arguments are those of `localPart`. */
export function fedToParts(
  variant: Model,
  all: readonly ComparableValue[],
): (value: ComparableValue) => readonly ComparableValue[] {
  const cuts = cutsAt(all);
  const producers = producersIn(variant.graph!.nodes);
  return (value) => [...nodesBetween(producers, [value], cuts).read].flatMap((name) => cuts.get(name) ?? []);
}

type Cuts = ReadonlyMap<ValueName, ComparableValue>;

function cutsAt(all: readonly ComparableValue[]): Cuts {
  return new Map(all.flatMap((pair) => (pair.fedAs === undefined ? [] : [[pair.b.value, pair] as const])));
}

/** Collects the nodes that compute the wanted values from the cuts, and every name that they read. */
function nodesBetween(
  producers: ReadonlyMap<ValueName, Node>,
  wanted: readonly ComparableValue[],
  cuts: Cuts,
): { readonly nodes: ReadonlySet<Node>; readonly read: ReadonlySet<ValueName> } {
  const found = new Set<Node>();
  const read = new Set<ValueName>();
  const pending = wanted.map(({ b }) => b.value);
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    const node = producers.get(name);
    if (node === undefined || found.has(node)) continue;
    found.add(node);
    for (const input of namesReadBy(node)) {
      read.add(input);
      if (!cuts.has(input)) pending.push(input);
    }
  }
  return { nodes: found, read };
}
