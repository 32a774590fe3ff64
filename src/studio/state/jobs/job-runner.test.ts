import { beforeEach, describe, expect, it } from 'vitest';
import { ParetoError } from '../../../engine/errors';
import { describeOutcome } from './describe-outcome';
import { cancelJob, reportProgress, runJob } from './job-runner';
import { estimateRemainingMs, jobStore, shareDone, type Job } from './job-store';

const job: Job = { kind: 'optimize', subject: 'x', startedAtMs: 0, progress: null, pass: null, cancelling: false };

function untilAborted(signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

describe('runJob', () => {
  beforeEach(() => jobStore.setState({ job: null, outcome: null, cellRuns: {} }));

  it('holds the job while it runs and clears it after', async () => {
    const done = await runJob('open', 'model.onnx', async () => {
      reportProgress({ stage: 'reading', done: 1, total: 2 });
      expect(jobStore.getState().job?.progress?.stage).toBe('reading');
    });
    expect(done).toBe(true);
    expect(jobStore.getState()).toMatchObject({ job: null, outcome: null });
  });

  it('tells a cancelled job from a failed one', async () => {
    const running = runJob('optimize', 'INT8', untilAborted);
    cancelJob();
    expect(jobStore.getState().job?.cancelling).toBe(true);
    expect(await running).toBe(false);
    expect(jobStore.getState().outcome).toMatchObject({ end: 'cancelled', subject: 'INT8' });

    await runJob('open', 'x.tflite', () =>
      Promise.reject(new ParetoError('format/tflite', 'x.tflite is a TFLite model.')),
    );
    expect(jobStore.getState().outcome).toMatchObject({ end: 'failed', message: 'x.tflite is a TFLite model.' });
  });

  it('gives way to a newer job and does not disturb it', async () => {
    let finishSecond = (): void => undefined;
    const first = runJob('optimize', 'first', untilAborted);
    const second = runJob('open', 'second', () => new Promise((resolve) => (finishSecond = resolve)));
    expect(await first).toBe(false);
    expect(jobStore.getState()).toMatchObject({ job: { subject: 'second' }, outcome: null });
    finishSecond();
    expect(await second).toBe(true);
  });

  it('turns an unexpected error into a sentence without a stack', async () => {
    await runJob('open', 'x', () => Promise.reject(new TypeError('a is undefined')));
    const { outcome } = jobStore.getState();
    expect(outcome?.message).toContain('a is undefined');
    expect(outcome?.message).not.toContain('at ');
  });
});

describe('how a job ended', () => {
  it('is told in words that fit what it was', () => {
    const benchmark = { kind: 'benchmark', subject: '4 cells', message: '' } as const;
    expect(describeOutcome({ ...benchmark, end: 'cancelled' })).toEqual({
      title: 'The benchmark was cancelled.',
      text: 'What was measured until then stays.',
    });
    const opening = { kind: 'open', subject: 'a.gguf', message: 'It is a GGUF file.' } as const;
    expect(describeOutcome({ ...opening, end: 'failed' })).toEqual({
      title: 'a.gguf could not be opened.',
      text: 'It is a GGUF file.',
    });
  });
});

describe('progress of a job', () => {
  it('counts passes and the share within one', () => {
    const progress = { stage: 'weights', done: 1, total: 2 };
    expect(shareDone({ ...job, progress })).toBe(0.5);
    expect(shareDone({ ...job, progress, pass: { id: 'b', index: 1, count: 2 } })).toBe(0.75);
    expect(shareDone({ ...job, progress: { stage: '', done: 0, total: 0 } })).toBe(0);
  });

  it('estimates only once there is something to go by', () => {
    const progress = { stage: 'weights', done: 1, total: 4 };
    expect(estimateRemainingMs({ ...job, progress }, 1000)).toBe(3000);
    expect(estimateRemainingMs({ ...job, progress }, 100)).toBeNull();
    expect(estimateRemainingMs(job, 1000)).toBeNull();
  });
});
