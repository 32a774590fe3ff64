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
  /** True if repeated blocks are one item each, and stored weights are drawn in their layers. */
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

/** Opens the graph view and puts the cursor into its search. */
export function searchInGraph(): void {
  openView('graph');
  graphViewStore.setState({ wantsSearch: true });
}

/** The cursor is there. */
export function beginSearch(): void {
  graphViewStore.setState({ wantsSearch: false });
}
