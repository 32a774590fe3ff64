/**
 * The SHA-256 of a large model. The model is opened before all of it was read, so that nobody waits; the rest is read
 * while no job runs. Saved work and the report's link name the model by its SHA-256, so they wait until it is known.
 */
import { filesOf, originalFilesKey } from '../../platform/file-registry';
import type { ModelFiles } from '../../jobs/jobs';
import { notify } from '../window/app-store';
import { whileIdle } from '../jobs/idle-work';
import { currentJobs } from '../jobs/job-runner';
import { workspaceStore } from '../workspace/workspace-store';

export function startFingerprinting(): () => void {
  let wanted: { readonly files: ModelFiles; readonly controller: AbortController } | null = null;

  const follow = (): void => {
    const files = filesWithoutFingerprint();
    if ((wanted?.files ?? null) === files) return;
    wanted?.controller.abort(new DOMException('Another model was opened.', 'AbortError'));
    wanted = files && { files, controller: new AbortController() };
    if (wanted) void compute(wanted.files, wanted.controller.signal);
  };

  const compute = async (files: ModelFiles, signal: AbortSignal): Promise<void> => {
    try {
      const sha256 = await whileIdle(signal, (attempt) => currentJobs().models.fingerprint({ signal: attempt }, files));
      if (filesWithoutFingerprint() === files) recordFingerprint(sha256);
    } catch {
      // The work is not kept and not shared without it. The next reader of the file reports the problem. It is not
      // tried again: `wanted` stays until the file is opened again.
    }
  };

  const stopFollowing = workspaceStore.subscribe(follow);
  return () => {
    stopFollowing();
    wanted?.controller.abort();
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
  notify('The SHA-256 of this large model is still being computed. Try again shortly.');
  return false;
}
