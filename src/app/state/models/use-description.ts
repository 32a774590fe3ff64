import { useEffect } from 'react';
import { useStore } from 'zustand';
import { descriptionOf, descriptionStore, ensureDescription, type DescriptionEntry } from './graph-descriptions';
import { useWorkspace } from '../workspace/use-stores';
import { originalId } from '../workspace/workspace-store';

/** The description of a row of the work (`original` or a variant's id), computed while it is shown; `null` until it has begun. */
export function useDescription(id: string): DescriptionEntry | null {
  const freeDimensions = useWorkspace((state) => state.freeDimensions);
  // Another model has the same key; its own object tells.
  const subject = useWorkspace((state) =>
    id === originalId ? state.original : (state.variants.find((variant) => variant.id === id) ?? null),
  );
  const filesKey = subject?.filesKey ?? '';
  useEffect(() => {
    if (subject !== null) ensureDescription(subject.filesKey, freeDimensions);
  }, [subject, freeDimensions]);
  return useStore(descriptionStore, (state) => descriptionOf(state, filesKey));
}
