/**
 * The SHA-256 of a large model. It is opened before all of it was read, so that nobody waits; the rest is read while no
 * job runs, because it would take time from a job and disturb a measurement. What names the model by its SHA-256 (saved
 * work, the report's link) waits until it is known.
 */
import { filesOf, originalFilesKey } from '../platform/file-registry';
import type { ModelFiles } from '../jobs/jobs';
import { notify } from './app-store';
import { currentJobs } from './job-runner';
import { jobStore } from './job-store';
import { workspaceStore } from './workspace-store';

export function startFingerprinting(): () => void {
  let attempt: { readonly files: ModelFiles; readonly controller: AbortController } | null = null;
  /** Files that could not be read to their end: not tried again until they are opened again. */
  const unreadable = new WeakSet<ModelFiles>();

  const follow = (): void => {
    const files = filesWithoutFingerprint();
    const wanted = files !== null && !unreadable.has(files) && jobStore.getState().job === null ? files : null;
    if (attempt?.files === wanted) return;
    attempt?.controller.abort(new DOMException('Something else comes first.', 'AbortError'));
    attempt = wanted && { files: wanted, controller: new AbortController() };
    if (attempt) void compute(attempt.files, attempt.controller.signal);
  };

  const compute = async (files: ModelFiles, signal: AbortSignal): Promise<void> => {
    try {
      const { sha256 } = await currentJobs().models.fingerprint(signal, files);
      if (filesWithoutFingerprint() === files) recordFingerprint(sha256);
    } catch {
      // Without it the work is not kept and not shared; what reads the file next says what is wrong with it.
      if (!signal.aborted) unreadable.add(files);
    }
  };

  const stopFollowing = [workspaceStore.subscribe(follow), jobStore.subscribe(follow)];
  return () => {
    for (const stop of stopFollowing) stop();
    attempt?.controller.abort();
  };
}

function filesWithoutFingerprint(): ModelFiles | null {
  const { original } = workspaceStore.getState();
  if (original === null || original.inspection.file.sha256 !== '') return null;
  return filesOf(originalFilesKey) ?? null;
}

function recordFingerprint(sha256: string): void {
  workspaceStore.setState(({ original }) => {
    if (original === null) return {};
    const { inspection } = original;
    return { original: { ...original, inspection: { ...inspection, file: { ...inspection.file, sha256 } } } };
  });
}

/** False, after saying why, while a report has no SHA-256 to name its model by. */
export function canPassOn(report: { readonly model: { readonly sha256: string } }): boolean {
  if (report.model.sha256 !== '') return true;
  notify('Pareto is still reading this large model for its SHA-256, which the report names it by. Try again shortly.');
  return false;
}
