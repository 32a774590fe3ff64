/** Finding items in all graphs of a model. Pure. */
import type { GraphItem, GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { matchesWords, searchTextOf, wordsOfQuery } from '../../../../engine/analysis/find-nodes';
import { formatNodePath, formatShape } from '../../../../engine/format';
import type { InspectedModel } from '../../../jobs/jobs';

export interface Hit {
  /** The model that it is in: `original` or a variant's id. */
  readonly of: string;
  readonly path: string;
  readonly title: string;
  /** Name and shape. */
  readonly note: string;
}

/**
 * Returns operators of that name first, then other hits in the order of the file. An empty query finds nothing.
 *
 * @param of the model.
 */
export function findInGraphs(of: string, { graphs, inspection }: InspectedModel, query: string): readonly Hit[] {
  const words = wordsOfQuery(query);
  if (words.length === 0) return [];
  const nodes = new Map(inspection.nodes.map((node) => [node.path, node]));
  const found = graphs.flatMap(({ items }) =>
    items.flatMap((item): Hit[] => {
      const node = nodes.get(item.path);
      const text = node === undefined ? item.title.toLowerCase() : searchTextOf(node);
      if (!matchesWords(text, words)) return [];
      const shape = node?.outputShapes[0];
      const note =
        node === undefined ? kindOf(item) : `${nameOf(item)}${shape == null ? '' : `, ${formatShape(shape)}`}`;
      return [{ of, path: item.path, title: item.title, note }];
    }),
  );
  const rank = ({ title }: Hit): number => (words.some((word) => title.toLowerCase().startsWith(word)) ? 0 : 1);
  return found.toSorted((a, b) => rank(a) - rank(b));
}

export interface SearchedModel {
  readonly id: string;
  readonly entry: { readonly inspected: InspectedModel | null } | null;
}

/**
 * Returns hits in the last model, which is the current one, then hits in others that the last model lacks.
 *
 * @param missing paths of the other's nodes that the last model lacks.
 */
export function findInModels(
  models: readonly SearchedModel[],
  query: string,
  missing: ReadonlySet<string>,
): readonly Hit[] {
  const foundIn = ({ id, entry }: SearchedModel): readonly Hit[] =>
    entry?.inspected ? findInGraphs(id, entry.inspected, query) : [];
  const others = models.slice(0, -1).flatMap(foundIn);
  return [...models.slice(-1).flatMap(foundIn), ...others.filter(({ path }) => missing.has(path))];
}

const kinds = { input: 'input', output: 'output', outer: 'from around', node: 'node' } as const;

function kindOf({ kind }: GraphItem): string {
  return kinds[kind];
}

export function nameOf({ path }: Pick<GraphItem, 'path'>): string {
  return formatNodePath(path);
}

/** The graph that an item is drawn in, and the item: a constant is drawn at the first node that reads it. */
export function locate(
  { graphs, inspection }: InspectedModel,
  path: string,
): { readonly graph: GraphStructure; readonly item: GraphItem } | null {
  for (const graph of graphs) {
    const item = graph.items.find((candidate) => candidate.path === path);
    if (item !== undefined) return { graph, item };
  }
  const outputs = inspection.nodes.find((node) => node.path === path)?.outputs ?? [];
  for (const graph of graphs) {
    const item = graph.items.find(({ constants }) => constants.some((name) => outputs.includes(name)));
    if (item !== undefined) return { graph, item };
  }
  return null;
}

/** The graphs around a graph, outermost first, itself last. */
export function trailTo(graphs: readonly GraphStructure[], path: string): readonly GraphStructure[] {
  const trail: GraphStructure[] = [];
  let at = graphs.find((graph) => graph.path === path);
  while (at !== undefined && !trail.includes(at)) {
    trail.unshift(at);
    const { parent } = at;
    at = parent === null ? undefined : graphs.find((graph) => graph.path === parent.graph);
  }
  const [outermost] = trail;
  const main = graphs[0];
  return main === undefined || outermost === main ? trail : [main, ...trail];
}

/** The title of a graph inside a node, or of a function. */
export function titleOf({ path, parent }: GraphStructure): string {
  if (parent === null) return path.replace(/^function:/, '');
  return `${parent.node.slice(parent.node.lastIndexOf('/') + 1)}: ${parent.attribute}`;
}
