import { useEffect } from 'react';
import { screenByName } from '../../state/window/screens';
import { useApp, useWorkspace } from '../../state/workspace/use-stores';

/** The window's title says where one is: it is what a screen reader says first and what the history lists. */
export function useDocumentTitle(): void {
  const screen = useApp((state) => state.screen);
  const isLinked = useApp((state) => state.reportLink !== null);
  const model = useWorkspace((state) => state.original?.inspection.file.name ?? null);
  useEffect(() => {
    // The report of a link sets its own title, from its headline.
    if (isLinked) return;
    const parts = [screenByName(screen)?.label, screen === 'start' ? null : model, 'Pareto'];
    document.title = parts.filter(Boolean).join(' · ');
  }, [screen, model, isLinked]);
}
