/** Which view of the studio is open. Commands and other views lead from one to another. */
import { createStore } from 'zustand/vanilla';

export type StudioView = 'trade-off' | 'compare' | 'changes' | 'graph' | 'layers' | 'sensitivity' | 'model';

interface StudioViewState {
  /** `null`: nobody has chosen yet, the studio shows what fits. */
  readonly view: StudioView | null;
  /** The graph has the whole window: nothing else of the studio is there. */
  readonly isGraphWhole: boolean;
}

export const studioViewStore = createStore<StudioViewState>(() => ({ view: null, isGraphWhole: false }));

export function openView(view: StudioView | null): void {
  studioViewStore.setState(({ isGraphWhole }) => ({ view, isGraphWhole: isGraphWhole && view === 'graph' }));
}

/** Gives the graph the whole window, or takes it back. */
export function setGraphWhole(isGraphWhole: boolean): void {
  studioViewStore.setState(isGraphWhole ? { view: 'graph', isGraphWhole } : { isGraphWhole });
}
