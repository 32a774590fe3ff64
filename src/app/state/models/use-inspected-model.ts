import { useEffect } from 'react';
import { useStore } from 'zustand';
import { inspectedModelOf, inspectedModelsStore, ensureInspected, type InspectedModelEntry } from './inspected-models';
import { useWorkspace } from '../workspace/use-stores';
import { originalId } from '../workspace/workspace-store';

/** The inspected model of a row of the work (`original` or a variant's id), computed while it is shown; `null` until it has begun. */
export function useInspectedModel(id: string): InspectedModelEntry | null {
  const freeDimensions = useWorkspace((state) => state.freeDimensions);
  // Another model may have the same key, so the object identifies it.
  const subject = useWorkspace((state) =>
    id === originalId ? state.original : (state.variants.find((variant) => variant.id === id) ?? null),
  );
  const filesKey = subject?.filesKey ?? '';
  useEffect(() => {
    if (subject !== null) ensureInspected(subject.filesKey, freeDimensions);
  }, [subject, freeDimensions]);
  return useStore(inspectedModelsStore, (state) => inspectedModelOf(state, filesKey));
}
