import { useEffect, useState } from 'react';
import { loadPreview, type LoadedPreview } from '../../../state/data/data-preview';
import { sentenceOf } from '../../../state/jobs/job-runner';
import { hasJob, isMeasuring } from '../../../state/jobs/job-store';
import { useJob, useWorkspace } from '../../../state/workspace/use-stores';
import type { Original, WorkData } from '../../../state/workspace/workspace-store';

export interface PreviewState {
  /** The latest that could be made: it stays while the next one is read. */
  readonly loaded: LoadedPreview | null;
  readonly problem: string | null;
  readonly pending: boolean;
}

/** The delay is long enough that typing a number requests one preview. */
const typingMs = 150;

/**
 * Follows the mapping, so that every change shows its effect. Nothing is read while a measurement runs or data is
 * opened. `index` is `null` for
 * the first sample that can be read.
 */
export function usePreview(data: WorkData, original: Original, index: number | null, fits: boolean): PreviewState {
  const [state, setState] = useState<PreviewState>({ loaded: null, problem: null, pending: true });
  const freeDimensions = useWorkspace((workspace) => workspace.freeDimensions);
  const filesMissing = useWorkspace((workspace) => workspace.missingData.includes(data.evaluation.key));
  const idle = useJob((jobs) => !isMeasuring(jobs) && !hasJob(jobs, 'read-data'));
  const { evaluation, mapping } = data;
  useEffect(() => {
    if (filesMissing || !idle || !fits) return;
    const controller = new AbortController();
    const settle = (settled: Partial<PreviewState>): void => {
      if (!controller.signal.aborted) setState((before) => ({ ...before, pending: false, ...settled }));
    };
    const timer = setTimeout(() => {
      setState((before) => ({ ...before, pending: true }));
      loadPreview(controller.signal, { source: evaluation, mapping, original, freeDimensions, index }).then(
        (loaded) => settle({ loaded, problem: null }),
        (error: unknown) => settle({ problem: sentenceOf(error) }),
      );
    }, typingMs);
    return () => {
      clearTimeout(timer);
      controller.abort(new DOMException('Another sample is looked at.', 'AbortError'));
    };
  }, [evaluation, mapping, original, freeDimensions, index, filesMissing, idle, fits]);
  return state;
}
