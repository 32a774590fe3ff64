/** A part of a model's own graph that runs by itself, and beside it a second copy with other weights. */
import type { Graph, Model, Node, Tensor, ValueInfo, ValueName } from '../graph';
import { renameValues } from '../rename-values';
import { namesDefinedBy, namesReadBy } from '../subgraphs';

export interface ModelPart {
  /** Values that it is fed. */
  readonly given: readonly ValueInfo[];
  /** Values that it computes. */
  readonly outputs: readonly ValueName[];
}

/** The nodes that compute `outputs` from the given values and constants alone, in their order. */
export function modelPart(model: Model, { given, outputs }: ModelPart): Model {
  const graph = model.graph!;
  const known = new Set(given.map(({ name }) => name));
  const wanted = new Set<ValueName>(outputs);
  const nodes: Node[] = [];
  for (const node of graph.nodes.toReversed()) {
    if (!node.outputs.some((name) => wanted.has(name) && !known.has(name))) continue;
    nodes.push(node);
    for (const name of namesReadBy(node)) wanted.add(name);
  }
  const initializers = graph.initializers.filter(({ name }) => wanted.has(name ?? '') && !known.has(name));
  return {
    ...model,
    graph: {
      ...graph,
      nodes: nodes.toReversed(),
      initializers,
      inputs: given,
      outputs: outputs.map((name) => ({ name })),
      valueInfos: [],
      quantizationAnnotations: [],
    },
  };
}

/**
 * Returns the part together with a copy that has other weights. Values are computed twice if they depend on `replaced`,
 * or on given values of which the copy has its own. One session runs both.
 * @param replaced weights of the copy, by the names of those in the model.
 * @param ownGiven given values of which the copy has its own.
 * @param copyOf the name of a value in the copy. Values that both share have no copy.
 */
export function pairedPart(
  model: Model,
  part: ModelPart,
  replaced: ReadonlyMap<ValueName, Tensor>,
  ownGiven: ReadonlySet<ValueName>,
  copyOf: (name: ValueName) => ValueName,
): Model {
  const single = modelPart(model, part);
  const graph = single.graph!;
  const copied = new Set<ValueName>(ownGiven);
  const twice: Node[] = [];
  for (const node of graph.nodes) {
    const differs = namesReadBy(node).some((name) => copied.has(name) || replaced.has(name));
    if (!differs) continue;
    twice.push(node);
    for (const name of node.outputs) if (name) copied.add(name);
  }
  const read = new Set(twice.flatMap(namesReadBy));
  const weights = [...replaced].filter(([name]) => read.has(name));
  const copies = new Map([...copied, ...weights.map(([name]) => name)].map((name) => [name, copyOf(name)]));
  return {
    ...single,
    graph: {
      ...graph,
      nodes: [...graph.nodes, ...twice.map((node) => renameValues(node, copies, () => ''))],
      initializers: [...graph.initializers, ...weights.map(([name, tensor]) => ({ ...tensor, name: copyOf(name) }))],
      inputs: [
        ...graph.inputs,
        ...part.given
          .filter(({ name }) => ownGiven.has(name ?? ''))
          .map((info) => ({ ...info, name: copyOf(info.name!) })),
      ],
      outputs: [
        ...graph.outputs,
        ...part.outputs.filter((name) => copied.has(name)).map((name) => ({ name: copyOf(name) })),
      ],
    },
  };
}

/** Ends no name of the graph: names with it are those of copies. */
export function freeSuffix(graph: Graph): string {
  const names = [...namesDefinedBy(graph)];
  let suffix = '~copy';
  while (names.some((name) => name.endsWith(suffix))) suffix += '~';
  return suffix;
}
