import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Jobs, ModelFiles } from '../../jobs/jobs';
import { forgetAllFiles, keepFiles, originalFilesKey } from '../../platform/file-registry';
import { jobOf, originalOf } from '../../testing/work-fixtures';
import { canPassOn, startFingerprinting } from './fingerprint';
import { provideJobs } from '../jobs/job-runner';
import { jobStore } from '../jobs/job-store';
import { workspaceStore } from '../workspace/workspace-store';

const sha256 = 'c'.repeat(64);
const files = (): ModelFiles => ({ model: new Blob(['weights']), name: 'large.onnx', externalData: [] });
const someJob = jobOf(1);

interface Attempt {
  readonly signal: AbortSignal;
  readonly files: ModelFiles;
  readonly finish: (sha256: string) => void;
  readonly fail: (error: Error) => void;
}

let attempts: Attempt[] = [];
let stop = (): void => undefined;

function openLargeModel(opened = files()): ModelFiles {
  const { inspection, ...rest } = originalOf('large.onnx');
  keepFiles(originalFilesKey, opened);
  workspaceStore.setState({
    original: { ...rest, inspection: { ...inspection, file: { ...inspection.file, sha256: '' } } },
  });
  return opened;
}

const knownSha256 = (): string | undefined => workspaceStore.getState().original?.inspection.file.sha256;
const settle = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 0));

beforeEach(() => {
  attempts = [];
  const fingerprint: Jobs['models']['fingerprint'] = ({ signal }, wanted) =>
    new Promise((finish, fail) => {
      attempts.push({ signal, files: wanted, finish, fail });
    });
  provideJobs({ models: { fingerprint } } as unknown as Parameters<typeof provideJobs>[0]);
  stop = startFingerprinting();
});

afterEach(() => {
  stop();
  forgetAllFiles();
  workspaceStore.setState({ original: null });
  jobStore.setState({ jobs: [] });
});

describe('the SHA-256 of a large model', () => {
  it('is read once the model is open, and recorded', async () => {
    const opened = openLargeModel();
    expect(attempts.map((attempt) => attempt.files)).toEqual([opened]);
    attempts[0]!.finish(sha256);
    await settle();
    expect(knownSha256()).toBe(sha256);
    expect(attempts).toHaveLength(1);
  });

  it('waits while a job runs, gives way to one, and starts again after it', () => {
    jobStore.setState({ jobs: [someJob] });
    openLargeModel();
    expect(attempts).toHaveLength(0);
    jobStore.setState({ jobs: [] });
    expect(attempts).toHaveLength(1);
    jobStore.setState({ jobs: [someJob] });
    expect(attempts[0]!.signal.aborted).toBe(true);
    jobStore.setState({ jobs: [] });
    expect(attempts).toHaveLength(2);
  });

  it('is not recorded for a model that was opened in the meantime', async () => {
    openLargeModel();
    openLargeModel();
    expect(attempts[0]!.signal.aborted).toBe(true);
    attempts[0]!.finish(sha256);
    await settle();
    expect(knownSha256()).toBe('');
    expect(attempts).toHaveLength(2);
  });

  it('is not tried again for files that cannot be read, until they are opened again', async () => {
    openLargeModel();
    attempts[0]!.fail(new Error('unreadable'));
    await settle();
    jobStore.setState({ jobs: [someJob] });
    jobStore.setState({ jobs: [] });
    expect(attempts).toHaveLength(1);
    openLargeModel();
    expect(attempts).toHaveLength(2);
  });

  it('is no longer read after the end', () => {
    openLargeModel();
    stop();
    expect(attempts[0]!.signal.aborted).toBe(true);
  });

  it('keeps a report without it from being passed on', () => {
    expect(canPassOn({ model: { sha256: '' } })).toBe(false);
    expect(canPassOn({ model: { sha256 } })).toBe(true);
  });
});
