/**
 * Stores a weight once that several graphs hold, such as the branches of a merged decoder. The copy is in the main
 * graph, whose names are visible in the graphs inside its nodes.
 */
import type { Graph, Model, Tensor } from '../../onnx/graph';
import { NameSet } from '../../onnx/name-set';
import { renameGraph } from '../../onnx/rename-values';
import { fingerprintOf, hasSameElements } from '../../onnx/same-elements';
import { namesDefinedBy, withSubgraphs } from '../../onnx/subgraphs';
import { isExternal, storedSizeBytes } from '../../onnx/tensor';
import { scopes, type Scope } from '../../onnx/traverse';
import type { Change } from '../pass';

/** Less is no weight, and some kernels look for small constants in their own graph. */
const leastBytes = 1024;

interface Held {
  readonly graph: Graph;
  readonly path: string;
  readonly tensor: Tensor;
}

export function shareBetweenGraphs(model: Model): { readonly model: Model; readonly changes: readonly Change[] } {
  const main = model.graph;
  const all = [...scopes(model)];
  const graphs = all.filter((scope) => rootOf(scope).graph === main);
  if (main === undefined || graphs.length < 2) return { model, changes: [] };
  const definitions = all.flatMap(({ graph }) => (graph === undefined ? [] : [...namesDefinedBy(graph)]));
  const taken = new NameSet(definitions);
  const added: Tensor[] = [];
  const moved = new Map<Graph, Map<string, string>>();
  const changes: Change[] = [];
  for (const group of equalWeights(graphs)) {
    const inside = group.filter(({ graph }) => graph !== main);
    if (inside.length === 0) continue;
    const own = group.find(({ graph, tensor }) => graph === main && isVisible(tensor.name!, inside, definitions));
    const name = own?.tensor.name ?? taken.addFree(inside[0]!.tensor.name!);
    if (own === undefined) added.push({ ...inside[0]!.tensor, name });
    for (const { graph, path, tensor } of inside) {
      const names = moved.get(graph) ?? new Map<string, string>();
      moved.set(graph, names.set(tensor.name!, name));
      changes.push({
        path: `${path}/${tensor.name}`,
        op: 'Initializer',
        what: `Stored once for several graphs: ${name}`,
      });
    }
  }
  if (changes.length === 0) return { model, changes };
  const rewritten = withMoved(main, moved);
  return { model: { ...model, graph: { ...rewritten, initializers: [...rewritten.initializers, ...added] } }, changes };
}

function rootOf(scope: Scope): Scope {
  let root = scope;
  while (root.parent) root = root.parent.scope;
  return root;
}

/** False if a graph defines the name too and keeps it: it would hide the weight. */
function isVisible(name: string, moving: readonly Held[], definitions: readonly string[]): boolean {
  const leaving = moving.filter(({ tensor }) => tensor.name === name).length;
  return definitions.filter((each) => each === name).length - leaving === 1;
}

/** Groups of at least two equal weights. Weights that are inputs or outputs of their graph are left out. */
function equalWeights(graphs: readonly Scope[]): readonly (readonly Held[])[] {
  const groups = new Map<string, Held[][]>();
  for (const { graph, path } of graphs) {
    if (graph === undefined) continue;
    const bound = new Set([...graph.inputs, ...graph.outputs].map(({ name }) => name));
    for (const tensor of graph.initializers) {
      const isReadable = !isExternal(tensor) || tensor.externalSource !== undefined;
      if (!tensor.name || bound.has(tensor.name) || !isReadable || storedSizeBytes(tensor) < leastBytes) continue;
      const key = fingerprintOf(tensor);
      const alike = groups.get(key) ?? [];
      groups.set(key, alike);
      const same = alike.find(([first]) => hasSameElements(first!.tensor, tensor));
      if (same) same.push({ graph, path, tensor });
      else alike.push([{ graph, path, tensor }]);
    }
  }
  return [...groups.values()].flat().filter(({ length }) => length > 1);
}

/** The graph without the moved weights, whose readers use their new names. */
function withMoved(graph: Graph, moved: ReadonlyMap<Graph, ReadonlyMap<string, string>>): Graph {
  const nodes = graph.nodes.map((node) => withSubgraphs(node, (inner) => withMoved(inner, moved)));
  const names = moved.get(graph);
  if (names === undefined) return { ...graph, nodes };
  const initializers = graph.initializers.filter(({ name }) => !names.has(name ?? ''));
  const valueInfos = graph.valueInfos.filter(({ name }) => !names.has(name ?? ''));
  return renameGraph({ ...graph, nodes, initializers, valueInfos }, names);
}
