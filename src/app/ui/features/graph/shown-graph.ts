/** Selects the graph of a model that its pane shows. Pure. */
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import type { InspectedModel } from '../../../jobs/jobs';
import { locate, titleOf, trailTo, type SearchedModel } from './find-in-graphs';

/**
 * Returns the graph to show. That is the graph in view, or the one with the partner of the selected node if it is in
 * another graph of this model. Returns the main graph if this model has no graph of that name.
 *
 * @param scope path of the graph in view.
 * @param partner path of the selected node's counterpart in this model; `null` if there is none.
 */
export function shownGraph(inspected: InspectedModel, scope: string, partner: string | null): GraphStructure | null {
  const { graphs } = inspected;
  const ofScope = graphs.find(({ path }) => path === scope);
  const isThere = partner === null || (ofScope !== undefined && hasItem(ofScope, partner));
  return (isThere ? undefined : locate(inspected, partner)?.graph) ?? ofScope ?? graphs[0] ?? null;
}

/** The graphs of the model that has the graph in view: of the last one that does. */
export function graphsAround(models: readonly SearchedModel[], scope: string): readonly GraphStructure[] {
  return (
    models
      .map(({ entry }) => entry?.inspected?.graphs ?? [])
      .findLast((graphs) => graphs.some(({ path }) => path === scope)) ?? []
  );
}

export function hasItem({ items }: GraphStructure, path: string): boolean {
  return items.some((item) => item.path === path);
}

/** The place of a graph, for a pane that shows another graph than the one in view. */
export function placeOf(graphs: readonly GraphStructure[], graph: GraphStructure): string {
  const inner = trailTo(graphs, graph.path).slice(1);
  return inner.length === 0 ? 'main graph' : inner.map(titleOf).join(' › ');
}
