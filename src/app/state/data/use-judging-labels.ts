import { useEffect } from 'react';
import { useStore } from 'zustand';
import type { JudgingLabels } from '../../../engine/data/mapping/detect-task';
import { whileIdle } from '../jobs/idle-work';
import { judgingLabelsOf, judgingLabelsStore, peekLabels } from './judging-labels';
import { useWorkspace } from '../workspace/use-stores';
import type { WorkData } from '../workspace/workspace-store';

/** What is known of the labels of the data: they are read while it is shown. */
export function useJudgingLabels(data: WorkData): JudgingLabels | null {
  const filesMissing = useWorkspace((state) => state.missingData.includes(data.evaluation.key));
  useEffect(() => {
    if (filesMissing) return undefined;
    const controller = new AbortController();
    whileIdle(controller.signal, (attempt) => peekLabels(attempt, data)).catch(() => undefined);
    return () => controller.abort(new DOMException('Other labels are looked at.', 'AbortError'));
  }, [data, filesMissing]);
  return judgingLabelsOf(useStore(judgingLabelsStore), data);
}
