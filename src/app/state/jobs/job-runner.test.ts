import { beforeEach, describe, expect, it } from 'vitest';
import { ParetoError } from '../../../engine/errors';
import { jobOf } from '../../testing/work-fixtures';
import { appStore } from '../window/app-store';
import { describeOutcome, isShownOn } from './job-kinds';
import { cancelJob, endOtherJobs, pauseJob, resumeJob, runJob, type JobHandle } from './job-runner';
import { currentJob, estimateRemainingMs, jobStore, shareDone } from './job-store';
import { whileIdle, whileNothingMeasures } from './idle-work';
import { withObservations } from './live-curves';

const job = jobOf(0);

function untilAborted({ signal }: JobHandle): Promise<void> {
  return new Promise((_resolve, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Work that ends when it is told. */
function steered() {
  let finish = (): void => undefined;
  let handle: JobHandle | undefined;
  const done = new Promise<void>((resolve) => (finish = resolve));
  const work = (given: JobHandle): Promise<void> => {
    handle = given;
    return Promise.race([done, untilAborted(given)]);
  };
  return { work, finish, handle: () => handle };
}

const phases = (): readonly string[] => jobStore.getState().jobs.map(({ subject, phase }) => `${subject} ${phase}`);

describe('runJob', () => {
  beforeEach(() => jobStore.setState({ jobs: [], outcome: null, cellRuns: {} }));

  it('holds the job while it runs and clears it after', async () => {
    const done = await runJob('open', 'model.onnx', async ({ onProgress }) => {
      onProgress({ stage: 'reading', done: 1, total: 2 });
      await expect.poll(() => currentJob(jobStore.getState())?.progress?.stage).toBe('reading');
    });
    expect(done).toBe(true);
    expect(jobStore.getState()).toMatchObject({ jobs: [], outcome: null });
  });

  it('tells a canceled job from a failed one', async () => {
    const running = runJob('optimize', 'INT8', untilAborted);
    cancelJob();
    expect(currentJob(jobStore.getState())?.canceling).toBe(true);
    expect(await running).toBe(false);
    expect(jobStore.getState().outcome).toMatchObject({ end: 'canceled', subject: 'INT8' });

    await runJob('open', 'x.tflite', () =>
      Promise.reject(new ParetoError('format/tflite', 'x.tflite is a TFLite model.')),
    );
    expect(jobStore.getState().outcome).toMatchObject({ end: 'failed', message: 'x.tflite is a TFLite model.' });
  });

  it('shows a failure on its own screens and the one in view then only', async () => {
    appStore.setState({ screen: 'data' });
    await runJob('run-live', 'INT8', () => Promise.reject(new Error('lost')));
    const { outcome } = jobStore.getState();
    const told = (['studio', 'data', 'benchmark', 'serving'] as const).filter((screen) => isShownOn(screen, outcome!));
    expect(told).toEqual(['data', 'serving']);
    appStore.setState({ screen: 'start' });
  });

  it('holds a measurement of sensitivity while other work runs, and continues it', async () => {
    const [sensing, batches] = [steered(), steered()];
    const pauses: boolean[] = [];
    const first = runJob('measure-sensitivity', 'model', (handle) => {
      handle.onStart({ pause: (isHeld) => pauses.push(isHeld) });
      return sensing.work(handle);
    });
    const second = runJob('measure-batches', 'model', batches.work);
    expect(phases()).toEqual(['model paused', 'model running']);
    batches.finish();
    expect(await second).toBe(true);
    await expect.poll(phases).toEqual(['model running']);
    expect(pauses).toEqual([true, false]);
    sensing.finish();
    expect(await first).toBe(true);
  });

  it('opens a model beside every job, and silently ends those only once it replaces the model', async () => {
    const [second, third] = [steered(), steered()];
    const first = runJob('search', 'first', untilAborted);
    let hasBegun = false;
    const waiting = runJob('benchmark', 'waiting', (handle) => {
      hasBegun = true;
      return untilAborted(handle);
    });
    const replaced = runJob('open', 'second', second.work);
    const opening = runJob('open', 'third', async (opened) => {
      await third.work(opened);
      endOtherJobs(opened);
    });
    expect(await replaced).toBe(false);
    expect(phases()).toEqual(['first running', 'waiting waiting', 'third running']);
    third.finish();
    expect(await opening).toBe(true);
    expect([await first, await waiting, hasBegun]).toEqual([false, false, false]);
    expect(jobStore.getState()).toMatchObject({ jobs: [], outcome: null });
  });

  it('lets long jobs take turns, and short ones run beside them', async () => {
    const [long, next, short] = [steered(), steered(), steered()];
    const all = [
      runJob('optimize', 'long', long.work),
      runJob('optimize', 'next', next.work),
      runJob('download', 'short', short.work),
    ];
    expect(phases()).toEqual(['long running', 'next waiting', 'short running']);
    long.finish();
    await all[0];
    expect(phases()).toEqual(['next running', 'short running']);
    next.finish();
    short.finish();
    expect(await Promise.all(all)).toEqual([true, true, true]);
  });

  it('measures alone, and lets no job overtake a waiting measurement', async () => {
    const [long, clock, later] = [steered(), steered(), steered()];
    const all = [
      runJob('optimize', 'long', long.work),
      runJob('benchmark', 'clock', clock.work),
      runJob('optimize', 'later', later.work),
    ];
    expect(phases()).toEqual(['long running', 'clock waiting', 'later waiting']);
    long.finish();
    await all[0];
    expect(phases()).toEqual(['clock running', 'later waiting']);
    clock.finish();
    await all[1];
    expect(phases()).toEqual(['later running']);
    later.finish();
    await all[2];
  });

  it('pauses a long job to let another measure, and goes on after it', async () => {
    const [long, clock] = [steered(), steered()];
    const held: boolean[] = [];
    const first = runJob('optimize', 'long', (given) => {
      given.onStart({ pause: (paused) => held.push(paused) });
      return long.work(given);
    });
    const second = runJob('benchmark', 'clock', clock.work);
    const { id } = jobStore.getState().jobs[0]!;
    pauseJob(id);
    expect(phases()).toEqual(['long paused', 'clock running']);
    resumeJob(id);
    expect(phases()).toEqual(['long waiting', 'clock running']);
    expect(held).toEqual([true]);
    clock.finish();
    await second;
    expect(phases()).toEqual(['long running']);
    expect(held).toEqual([true, false]);
    long.finish();
    expect(await first).toBe(true);
  });

  it('treats two equal requests as one job, and takes a waiting one out of the queue', async () => {
    const long = steered();
    const first = runJob('optimize', 'long', long.work);
    expect(runJob('optimize', 'long', untilAborted)).toBe(first);
    const waiting = runJob('optimize', 'next', untilAborted);
    cancelJob(jobStore.getState().jobs[1]!.id);
    expect(await waiting).toBe(false);
    expect(jobStore.getState()).toMatchObject({ jobs: [{ subject: 'long' }], outcome: null });
    long.finish();
    await first;
  });

  it('lets a model be looked at beside a long job, and not beside a clock', async () => {
    const [long, clock] = [steered(), steered()];
    const never = new AbortController().signal;
    const first = runJob('optimize', 'long', long.work);
    const idle: string[] = [];
    const background = whileIdle(never, () => Promise.resolve(idle.push('gzip')));
    expect(await whileNothingMeasures(never, () => Promise.resolve('graph'))).toBe('graph');
    expect(idle).toEqual([]);
    long.finish();
    await first;
    await background;
    expect(idle).toEqual(['gzip']);

    const second = runJob('benchmark', 'clock', clock.work);
    let looked = false;
    const looking = whileNothingMeasures(never, () => Promise.resolve((looked = true)));
    await Promise.resolve();
    expect(looked).toBe(false);
    clock.finish();
    await second;
    expect(await looking).toBe(true);
  });

  it('shows a bounded list of the events that passes see', async () => {
    let changes = 0;
    const stop = jobStore.subscribe(() => (changes += 1));
    const done = await runJob('optimize', 'x', async ({ onObservations, onProgress }) => {
      const before = changes;
      onObservations([{ curve: 'loss', series: 'training', x: 1, y: 0.5 }]);
      onProgress({ stage: 'training', done: 1, total: 2 });
      onObservations([{ curve: 'loss', series: 'training', x: 2, y: Number.NaN }]);
      await expect
        .poll(() => currentJob(jobStore.getState())?.curves)
        .toEqual([{ name: 'loss', series: [{ name: 'training', points: [{ x: 1, y: 0.5 }] }] }]);
      // Changes that arrive together are drawn together.
      expect(changes - before).toBe(1);
    });
    stop();
    expect(done).toBe(true);
    const many = Array.from({ length: 10_000 }, (_, x) => ({ curve: 'loss', series: 'training', x, y: x }));
    const [{ series } = { series: [] }] = withObservations([], many);
    const points = series[0]!.points;
    expect(points.length).toBeLessThanOrEqual(400);
    expect(points.at(-1)).toEqual({ x: 9999, y: 9999 });
    expect(points[0]).toEqual({ x: 0, y: 0 });
  });

  it('turns an unexpected error into a sentence without a stack', async () => {
    await runJob('open', 'x', () => Promise.reject(new TypeError('a is undefined')));
    const { outcome } = jobStore.getState();
    expect(outcome?.message).toContain('a is undefined');
    expect(outcome?.message).not.toContain('at ');
  });
});

describe('how a job ended', () => {
  it('uses words that fit the kind of job', () => {
    const benchmark = { kind: 'benchmark', subject: '4 cells', message: '', screen: 'studio' } as const;
    expect(describeOutcome({ ...benchmark, end: 'canceled' })).toEqual({
      title: 'The benchmark was canceled.',
      text: 'Results so far are kept.',
    });
    const opening = { kind: 'open', subject: 'a.gguf', message: 'It is a GGUF file.', screen: 'start' } as const;
    expect(describeOutcome({ ...opening, end: 'failed' })).toEqual({
      title: 'a.gguf could not be opened.',
      text: 'It is a GGUF file.',
    });
  });
});

describe('progress of a job', () => {
  const passOf = (index: number, count: number, startedAtMs = 0, isPreparation = false, endCount = 0) => {
    return { title: '', index, count, startedAtMs, isPreparation, endCount };
  };

  it('counts passes and the share within one', () => {
    const progress = { stage: 'weights', done: 1, total: 2 };
    expect(shareDone({ ...job, progress })).toBe(0.5);
    // The job has two passes and the short writing, and is in the second half of the second pass.
    expect(shareDone({ ...job, progress, pass: passOf(1, 2) })).toBeCloseTo(1.5 / 2.05);
    const written = shareDone({ ...job, progress, pass: passOf(2, 2) });
    expect(written).toBeCloseTo(2.025 / 2.05);
    // A bar that stood at half when the only pass was done told of twice the time that was left.
    const whole = { stage: 'weights', done: 2, total: 2 };
    expect(shareDone({ ...job, progress: whole, pass: passOf(0, 1) })).toBeGreaterThan(0.9);
    expect(shareDone({ ...job, progress: { stage: '', done: 0, total: 0 } })).toBe(0);
  });

  it('estimates only once there is something to go by', () => {
    const progress = { stage: 'weights', done: 1, total: 4 };
    expect(estimateRemainingMs({ ...job, progress }, 1000)).toBe(3000);
    expect(estimateRemainingMs({ ...job, progress }, 100)).toBeNull();
    expect(estimateRemainingMs(job, 1000)).toBeNull();
  });

  it('does not take a pass for as short as those before it', () => {
    const progress = { stage: 'widths', done: 10, total: 100 };
    // Two short passes of three are over: the pass's own pace gives 9 s, and a share of the whole would give 1.1 s.
    expect(estimateRemainingMs({ ...job, progress, pass: passOf(2, 3, 1000) }, 2000)).toBe(9000);
    // One more pass follows, which is estimated at the mean of the three.
    expect(estimateRemainingMs({ ...job, progress, pass: passOf(2, 4, 1000) }, 2000)).toBeCloseTo(9000 + 11_000 / 3);
    expect(estimateRemainingMs({ ...job, progress, pass: passOf(2, 3, 1800) }, 2000)).toBeNull();
  });

  it('takes no pass at the end for a long one', () => {
    const progress = { stage: 'rounding', done: 50, total: 100 };
    const rounding = { ...job, progress, pass: passOf(1, 4, 0, false, 2) };
    expect(estimateRemainingMs(rounding, 1000)).toBe(1000);
    expect(shareDone(rounding)).toBeCloseTo(1.5 / 2.05);
    expect(shareDone({ ...job, progress, pass: passOf(2, 4, 0, true, 2) })).toBeCloseTo(2 / 2.05);
    expect(shareDone({ ...job, progress, pass: passOf(4, 4) })).toBeCloseTo(4.025 / 4.05);
    // Alone it is all there is.
    expect(shareDone({ ...job, progress, pass: passOf(0, 1, 0, true, 1) })).toBeCloseTo(0.5 / 1.05);
  });

  it('estimates no time from preparation alone', () => {
    const progress = { stage: 'folding', done: 50, total: 100 };
    expect(estimateRemainingMs({ ...job, progress, pass: passOf(0, 2, 0, true) }, 1000)).toBeNull();
    expect(estimateRemainingMs({ ...job, progress, pass: passOf(0, 1, 0, true) }, 1000)).toBe(1000);
  });
});
