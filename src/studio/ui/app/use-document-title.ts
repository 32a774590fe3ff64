import { useEffect } from 'react';
import { useApp, useWorkspace } from '../../state/workspace/use-stores';

const screenTitles = { start: '', studio: 'Studio', data: 'Data', benchmark: 'Benchmark', report: 'Report' } as const;

/** The window's title says where one is: it is what a screen reader says first and what the history lists. */
export function useDocumentTitle(): void {
  const screen = useApp((state) => state.screen);
  const isLinked = useApp((state) => state.reportLink !== null);
  const model = useWorkspace((state) => state.original?.inspection.file.name ?? null);
  useEffect(() => {
    // The report of a link sets its own title, from its headline.
    if (isLinked) return;
    const parts = [screenTitles[screen], screen === 'start' ? null : model, 'Pareto'];
    document.title = parts.filter(Boolean).join(' · ');
  }, [screen, model, isLinked]);
}
