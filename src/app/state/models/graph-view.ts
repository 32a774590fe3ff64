/** The visible part of the graphs: the selected node, the node that the layers lead to, and the collapsed blocks. */
import { createStore } from 'zustand/vanilla';
import { openView } from '../window/studio-view';
import { workspaceStore } from '../workspace/workspace-store';

export interface GraphSelection {
  /** `original` or a variant's id. */
  readonly of: string;
  /** Path of the item in that model. */
  readonly path: string;
}

interface GraphViewState {
  readonly selection: GraphSelection | null;
  /** The cursor is to go into the search. */
  readonly wantsSearch: boolean;
  /** True if repeated blocks are one item each, and helper nodes belong to their layers, also in the table of layers. */
  readonly isCollapsing: boolean;
}

export const graphViewStore = createStore<GraphViewState>(() => ({
  selection: null,
  wantsSearch: false,
  isCollapsing: true,
}));

export function selectInGraph(selection: GraphSelection | null): void {
  graphViewStore.setState({ selection });
}

export function setCollapsing(isCollapsing: boolean): void {
  graphViewStore.setState({ isCollapsing });
}

/** Opens the graph view with this node of the selected model in sight. */
export function showInGraph(path: string): void {
  openView('graph');
  selectInGraph({ of: workspaceStore.getState().selected, path });
}

let layerQuery = '';

/** Opens the layers with this one in view. */
export function showInLayers(label: string): void {
  layerQuery = label;
  openView('layers');
}

/** The filter that the layers open with. */
export function takeLayerQuery(): string {
  const query = layerQuery;
  layerQuery = '';
  return query;
}

/** Opens the graph view and puts the cursor into its search. */
export function searchInGraph(): void {
  openView('graph');
  graphViewStore.setState({ wantsSearch: true });
}

/** The cursor is there. */
export function beginSearch(): void {
  graphViewStore.setState({ wantsSearch: false });
}
