/** Which view of the studio is open. Commands and other views lead from one to another. */
import { createStore } from 'zustand/vanilla';

export type StudioView = 'trade-off' | 'compare' | 'changes' | 'graph' | 'layers' | 'model';

interface StudioViewState {
  /** `null`: nobody has chosen yet, the studio shows what fits. */
  readonly view: StudioView | null;
}

export const studioViewStore = createStore<StudioViewState>(() => ({ view: null }));

export function openView(view: StudioView | null): void {
  studioViewStore.setState({ view });
}
