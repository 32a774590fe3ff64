import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { KnownLabels } from '../../../engine/data/mapping/detect-task';
import { whileIdle } from '../jobs/idle-work';
import { knownLabelsOf, knownLabelsStore, peekLabels } from './known-labels';
import { useWorkspace } from '../workspace/use-stores';
import type { WorkData } from '../workspace/workspace-store';

/** The known labels of the data; they are read while the data is shown. */
export function useKnownLabels(data: WorkData): KnownLabels | null {
  const filesMissing = useWorkspace((state) => state.missingData.includes(data.evaluation.key));
  useEffect(() => {
    if (filesMissing) return undefined;
    const controller = new AbortController();
    whileIdle(controller.signal, (attempt) => peekLabels(attempt, data)).catch(() => undefined);
    return () => controller.abort(new DOMException('Other labels are looked at.', 'AbortError'));
  }, [data, filesMissing]);
  return knownLabelsOf(useStore(knownLabelsStore), data);
}
