import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import { createSeededRandom } from '../../engine/seeded-random';
import { measureCells } from './measure';
import type { MeasureEvent, MeasureRequest } from './measure-request';
import { turnsSideBySide, TurnToken, type HostedSession, type SessionHost } from '../session/session-host';
import type { ModelFiles } from '../models/model-files';
import type { SessionSpec } from '../session/session-spec';
import { isBelowTimerResolution, runsPerSampleFor } from './steady-state';
import { warmUp } from './warm-up';

/** The behavior of a session in these tests: the duration and the result of a run. */
interface Behavior {
  readonly runMs: number;
  readonly offset?: number;
  /** True for other outputs in each run. */
  readonly isRandom?: boolean;
  readonly failsToOpen?: string;
  /** The time that each call waits for other programs, besides the run itself. */
  readonly waitMs?: number;
  /** The input is a picture. */
  readonly seesPictures?: boolean;
  /** Added to the first run after another session ran. */
  readonly wakeMs?: number;
}

const noise = createSeededRandom(4);

/** A host whose clock is made of numbers. The method is what is tested here; real sessions have tests of their own. */
class ScriptedHost implements SessionHost {
  readonly opened: SessionSpec[] = [];
  readonly order: string[] = [];
  openCount = 0;
  nowMs = 0;
  #latest = 0;

  constructor(readonly behaviors: Readonly<Record<string, Behavior>>) {}

  async open(signal: AbortSignal, spec: SessionSpec): Promise<HostedSession> {
    signal.throwIfAborted();
    const behavior = this.behaviors[`${spec.files.name}@${spec.ep}`] ?? this.behaviors[spec.files.name]!;
    if (behavior.failsToOpen !== undefined) throw new Error(behavior.failsToOpen);
    this.opened.push(spec);
    this.openCount++;
    const own = this.opened.length;
    this.nowMs += 5 + (behavior.waitMs ?? 0);
    const ms = (runs = 1, leadRuns = 0) => {
      const wakeMs = this.#latest === own ? 0 : (behavior.wakeMs ?? 0);
      this.#latest = own;
      const runMs = behavior.runMs * (1 + 0.02 * (noise.next() - 0.5));
      const takenMs = wakeMs + (leadRuns + runs) * runMs;
      this.nowMs += takenMs + (behavior.waitMs ?? 0);
      return leadRuns > 0 ? runs * runMs : takenMs;
    };
    const outputs = (): Feeds => {
      const random = behavior.isRandom === true ? 100 * noise.next() : 0;
      return { y: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2 + (behavior.offset ?? 0) + random) } };
    };
    return {
      loadMs: 5,
      inputs: [{ name: 'x', dtype: 'float32', shape: behavior.seesPictures ? ['batch', 3, 8, 8] : ['batch', 4] }],
      feed: async () => undefined,
      run: async () => ({ ms: ms(), outputs: outputs() }),
      readResident: async () => ({}),
      time: async (runs, leadRuns = 0) => {
        this.order.push(spec.files.name);
        return ms(runs, leadRuns);
      },
      timeEach: async (each) => each.map(() => ms()),
      profile: async () => ({ placement: { CPUExecutionProvider: 3 }, operators: [], kernels: [] }),
      trace: async () => [],
      heapBytes: async () => null,
      gpuBufferBytes: async () => null,
      close: () => void this.openCount--,
    };
  }
}

const files = (name: string): ModelFiles => ({ model: new Blob(), name, externalData: [] });

async function measure(
  behaviors: Record<string, Behavior>,
  cells: MeasureRequest['cells'],
  budget: MeasureRequest['budget'] = 'standard',
  feeds?: MeasureRequest['feeds'],
) {
  const sessions = new ScriptedHost(behaviors);
  const events: MeasureEvent[] = [];
  const host = {
    sessions,
    timerResolutionUs: 5,
    crossOriginIsolated: true,
    softwareAdapter: false,
    now: () => sessions.nowMs,
  };
  const request: MeasureRequest = {
    original: files('original'),
    variants: [{ id: 'variant', files: files('variant') }],
    cells,
    freeDimensions: {},
    feeds,
    seed: 1,
    budget,
    threads: 1,
    batch: 3,
  };
  const reportedMs: number[] = [];
  await measureCells(new AbortController().signal, host, request, (event) => {
    events.push(event);
    reportedMs.push(sessions.nowMs);
  });
  const results = events.flatMap((event) => (event.kind === 'cell' ? [event.result] : []));
  const comparisons = events.flatMap((event) => (event.kind === 'comparison' ? [event.comparison] : []));
  const failures = events.flatMap((event) => (event.kind === 'failure' ? [event.failure] : []));
  return { sessions, events, reportedMs, results, comparisons, failures };
}

const both = [
  { variant: 'variant', ep: 'wasm' },
  { variant: 'original', ep: 'wasm' },
] as const;

function indexOfLoading(events: readonly MeasureEvent[]): number {
  return events.findIndex((event) => event.kind === 'progress' && event.progress.stage === 'Loading');
}

describe('measureCells', () => {
  it('runs on inputs of the data, if its shapes are those that are measured', async () => {
    const behaviors = { original: { runMs: 30 }, variant: { runMs: 15 } };
    const ofRows = (rows: number): Feeds => ({
      x: { dtype: 'float32', dims: [rows, 4], data: new Float32Array(4 * rows).fill(900) },
    });
    const fromData = await measure(behaviors, both, 'quick', [ofRows(3), ofRows(1), ofRows(3)]);
    expect(fromData.results[1]?.outputMatch).toMatchObject({ inputs: 'data', samples: 2 });
    const ofOthers = await measure(behaviors, both, 'quick', [ofRows(1)]);
    expect(ofOthers.results[1]?.outputMatch).toMatchObject({ inputs: 'synthetic' });
  });

  it('measures the original first, compares in turns, and closes every session', async () => {
    const { sessions, results, comparisons } = await measure({ original: { runMs: 30 }, variant: { runMs: 15 } }, both);
    expect(results.map(({ variant }) => variant)).toEqual(['original', 'variant']);
    expect(results[1]?.batch).toBe(3);
    expect(comparisons[0]?.ratio).toBeCloseTo(2, 1);
    expect(comparisons[0]).toMatchObject({ verdict: 'faster', variant: 'variant', ep: 'wasm' });
    expect(comparisons[0]?.noiseFloor).toBeGreaterThan(0);
    expect(sessions.openCount).toBe(0);
  });

  it('times short runs like those of a loop over one session', async () => {
    const behaviors = { original: { runMs: 0.6, wakeMs: 0.1 }, variant: { runMs: 0.5, wakeMs: 0.1 } };
    const { results, comparisons } = await measure(behaviors, both);
    expect(results.map(({ steady }) => steady.medianMs)).toEqual([expect.closeTo(0.6, 2), expect.closeTo(0.5, 2)]);
    expect(comparisons[0]?.ratio).toBeCloseTo(1.2, 2);
  });

  it('takes turns in blocks of original, variant, variant, original or the reverse, both by chance', async () => {
    const { sessions, results } = await measure({ original: { runMs: 30 }, variant: { runMs: 30 } }, [both[0]]);
    const steady = sessions.order.slice(-results[0]!.samplesMs.length * 2);
    const blocks = Array.from({ length: steady.length / 4 }, (_, i) =>
      steady
        .slice(i * 4, i * 4 + 4)
        .map((name) => name[0]!.toUpperCase())
        .join(''),
    );
    expect(new Set(blocks)).toEqual(new Set(['OVVO', 'VOOV']));
  });

  it('takes at least 30 pairs and 3 seconds, and ends a slow model early with a flag', async () => {
    const fast = await measure({ original: { runMs: 12 }, variant: { runMs: 12 } }, [both[0]]);
    expect(fast.results[0]!.samplesMs.length * 2 * 12).toBeGreaterThanOrEqual(2950);
    const medium = await measure({ original: { runMs: 200 }, variant: { runMs: 200 } }, [both[0]]);
    expect(medium.results[0]!.samplesMs).toHaveLength(30);
    const slow = await measure({ original: { runMs: 5000 }, variant: { runMs: 2500 } }, [both[0]]);
    expect(slow.results[0]!.samplesMs.length).toBeLessThan(30);
    expect(slow.results[0]!.flags).toContain('time-capped');
    expect(slow.comparisons[0]?.verdict).toBe('undecided');
  });

  it('ends a quick cell within 10 seconds of the clock however busy the machine is, and says so', async () => {
    for (const waitMs of [0, 100, 400, 700]) {
      const behavior = { runMs: 4, waitMs };
      const { events, reportedMs, results } = await measure({ original: behavior, variant: behavior }, both, 'quick');
      const ends = reportedMs.filter((_, index) => events[index]?.kind === 'cell');
      const began = reportedMs[indexOfLoading(events)]!;
      expect(ends[0]! - began).toBeLessThanOrEqual(10_000);
      expect(ends[1]! - ends[0]!).toBeLessThanOrEqual(10_000);
      for (const { flags, samplesMs, setUpMs } of results) {
        expect(setUpMs).toBeUndefined();
        expect(flags.includes('time-capped')).toBe(waitMs > 0);
        expect(samplesMs.length).toBeGreaterThanOrEqual(2);
      }
    }
  });

  it('tells a first figure after two calls of the session, long before the cell is over', async () => {
    const behavior = { runMs: 4, waitMs: 400 };
    const { events, reportedMs } = await measure({ original: behavior, variant: behavior }, both, 'quick');
    const first = events.findIndex((event) => event.kind === 'progress' && /\d/.test(event.progress.stage));
    // The clock of the test scatters by 1 %.
    const stage = expect.stringMatching(/^Original on WASM: first run (3\.9[6-9]|4|4\.0[0-4])\sms/) as string;
    expect(events[first]).toMatchObject({ variant: 'original', progress: { stage } });
    expect(first).toBeLessThan(indexOfLoading(events));
    expect(reportedMs[first]! - reportedMs[0]!).toBeLessThan(3000);
  });

  it('tells figures at a pace that a page can follow', async () => {
    const behavior = { runMs: 0.5 };
    const { events, reportedMs } = await measure({ original: behavior, variant: behavior }, both, 'quick');
    const told = reportedMs.filter((_, index) => {
      const event = events[index]!;
      return event.kind === 'progress' && event.progress.stage.startsWith('About');
    });
    expect(told.length).toBeGreaterThan(2);
    const gapsMs = told.slice(1).map((ms, index) => ms - told[index]!);
    expect(Math.min(...gapsMs)).toBeGreaterThanOrEqual(100);
  });

  it('opens no session for the placement after the time of the cell, and names the reason', async () => {
    const slow = { runMs: 9000 };
    const { results, comparisons } = await measure({ original: slow, variant: slow }, both, 'quick');
    for (const { placement, flags, setUpMs } of results) {
      expect(placement).toEqual({});
      expect(flags).toContain('time-capped');
      // Each side runs once: so long a run is its warm-up.
      expect(setUpMs! / 18_000).toBeCloseTo(1, 1);
    }
    expect(comparisons).toHaveLength(1);
  });

  it('opens the original once for its cell if that takes more than a quarter of the time', async () => {
    const sessionsOf = async (waitMs: number) => {
      const { sessions, results } = await measure({ original: { runMs: 5, waitMs } }, [both[1]!], 'quick');
      expect(results).toHaveLength(1);
      expect(sessions.openCount).toBe(0);
      return sessions.opened.filter(({ profile }) => !profile).length;
    };
    // The session of the reference outputs, and those of the cell.
    expect(await sessionsOf(100)).toBe(1 + 2);
    expect(await sessionsOf(2_600)).toBe(1 + 1);
  });

  it('times several runs together when one is shorter than 50 steps of the clock', async () => {
    const { results } = await measure({ original: { runMs: 0.02 }, variant: { runMs: 0.02 } }, [both[0]]);
    expect(results[0]?.runsPerSample).toBeGreaterThanOrEqual(12);
    expect(results[0]?.steady.medianMs).toBeCloseTo(0.02, 3);
  });

  it('gives no verdict when the outputs differ', async () => {
    const { results, comparisons } = await measure(
      { original: { runMs: 30 }, variant: { runMs: 10, offset: 50 } },
      both,
    );
    expect(results[1]?.flags).toContain('output-differs');
    expect(results[1]?.flags).not.toContain('not-comparable');
    expect(results[1]?.outputMatch).not.toHaveProperty('comparable');
    expect(comparisons[0]?.verdict).toBe('invalid');
  });

  it('says of a model that draws random numbers that it does', async () => {
    const random = { runMs: 30, isRandom: true };
    const { results, comparisons } = await measure({ original: random, variant: random }, both);
    for (const { outputMatch, flags } of results) {
      expect(outputMatch).toMatchObject({ valid: false, comparable: false });
      expect(flags).toContain('not-comparable');
      expect(flags).not.toContain('output-differs');
      expect(outputMatch.problem).toContain(
        'not deterministic: two runs on the same inputs give different values of output "y"',
      );
    }
    expect(comparisons[0]?.verdict).toBe('invalid');
  });

  it('continues after a failing cell and reports its error', async () => {
    const { results, failures } = await measure(
      { original: { runMs: 20 }, variant: { runMs: 20, failsToOpen: 'bad_alloc' } },
      both,
    );
    expect(results.map(({ variant }) => variant)).toEqual(['original']);
    expect(failures[0]?.message).toContain('The variant failed to run on WASM: Out of memory.');
  });

  it('measures a variant alone if the original does not run', async () => {
    const { results, comparisons } = await measure(
      { original: { runMs: 20 }, 'original@webgpu': { runMs: 1, failsToOpen: 'f16' }, variant: { runMs: 20 } },
      [{ variant: 'variant', ep: 'webgpu' }],
    );
    expect(results).toHaveLength(1);
    expect(results[0]?.flags).toContain('partial-placement');
    expect(comparisons).toEqual([]);
  });

  it('fails every cell when the original does not run on WASM', async () => {
    const { failures } = await measure({ original: { runMs: 1, failsToOpen: 'no' }, variant: { runMs: 1 } }, both);
    expect(failures).toHaveLength(2);
    expect(failures[0]?.message).toContain('Without its outputs no variant can be compared.');
  });

  it('compares compiled modules with the original on WASM, its own module included', async () => {
    const behaviors = { 'original@compiled': { runMs: 10 }, variant: { runMs: 5 }, original: { runMs: 30 } };
    const cells = both.map(({ variant }) => ({ variant, ep: 'compiled' as const }));
    const { sessions, comparisons } = await measure(behaviors, cells);
    expect(comparisons.map(({ variant, ratio }) => [variant, Math.round(ratio)])).toEqual([
      ['original', 3],
      ['variant', 6],
    ]);
    expect(comparisons[0]!.original!.medianMs).toBeCloseTo(30, 0);
    expect(sessions.opened.some(({ profile }) => profile)).toBe(false);
  });
});

describe('warmUp', () => {
  const never = new AbortController().signal;
  let nowMs = 0;
  const now = () => nowMs;
  const sessionOf = (times: readonly number[]) => {
    let run = 0;
    const time = async (runs: number) => {
      let ms = 0;
      for (let done = 0; done < runs; done += 1) ms += times[Math.min(run++, times.length - 1)]!;
      nowMs += ms;
      return ms;
    };
    return { time };
  };

  it('runs for 300 ms, then until 5 agree, and 30 times more at most', async () => {
    expect(await warmUp(never, sessionOf([10]), 1e6, now)).toEqual({ runs: 1 + 6 * 5 + 4, runMs: 10 });
    expect(await warmUp(never, sessionOf([400, 90, 60, 30, 10]), 1e6, now)).toEqual({ runs: 9, runMs: 10 });
    const restless = Array.from({ length: 200 }, (_, i) => (i % 2 ? 10 : 20));
    expect((await warmUp(never, sessionOf([300, ...restless]), 1e6, now)).runs).toBe(30);
    expect((await warmUp(never, sessionOf([4000]), 10_000, now)).runs).toBe(2);
    expect((await warmUp(never, sessionOf([0]), 10_000, now)).runs).toBeLessThan(1_001_000);
  });
});

describe('steady state', () => {
  it('makes a sample last 50 steps of the clock', () => {
    expect(runsPerSampleFor(0.3, 5)).toBe(1);
    expect(runsPerSampleFor(0.1, 5)).toBe(3);
    expect(runsPerSampleFor(1, 100)).toBe(5);
    expect(runsPerSampleFor(0, 100)).toBe(1000);
    expect(isBelowTimerResolution(0.2, 5)).toBe(true);
    expect(isBelowTimerResolution(0.3, 5)).toBe(false);
  });
});

describe('TurnToken', () => {
  it('never lets two work at once, and goes on after a failure', async () => {
    const turn = new TurnToken();
    let working = 0;
    let most = 0;
    const work = (fails: boolean) => async () => {
      most = Math.max(most, ++working);
      await new Promise((resolve) => setTimeout(resolve, 1));
      working--;
      if (fails) throw new Error('failed');
    };
    const all = [true, false, true, false].map((fails) => turn.take(work(fails)));
    const settled = await Promise.allSettled(all);
    expect(settled.map(({ status }) => status)).toEqual(['rejected', 'fulfilled', 'rejected', 'fulfilled']);
    expect(most).toBe(1);
  });
});

describe('turnsSideBySide', () => {
  it('lets hosts work side by side, but none beside a timing', async () => {
    const [evaluations, passes] = turnsSideBySide(2);
    const log: string[] = [];
    const work = (name: string) => async () => {
      log.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 1));
      log.push(`${name} ends`);
    };
    await Promise.all([evaluations!.take(work('run')), passes!.take(work('pass'))]);
    expect(log.splice(0)).toEqual(['run begins', 'pass begins', 'run ends', 'pass ends']);
    await Promise.all([
      evaluations!.take(work('run')),
      passes!.takeAlone(work('timing')),
      evaluations!.takeAlone(work('other timing')),
      evaluations!.take(work('next run')),
      passes!.take(work('next pass')),
    ]);
    const alone = ['timing begins', 'timing ends', 'other timing begins', 'other timing ends'];
    expect(log.filter((entry) => entry.includes('timing'))).toEqual(alone);
    for (const name of ['timing', 'other timing'])
      expect(log.indexOf(`${name} ends`)).toBe(log.indexOf(`${name} begins`) + 1);
    expect(log).toEqual(expect.arrayContaining(['next run ends', 'next pass ends']));
  });
});

describe('outputs on random inputs', () => {
  it('are compared on one input of each kind for a slow picture model, and on one otherwise', async () => {
    const slow = { original: { runMs: 3000 }, variant: { runMs: 3000 } };
    expect((await measure(slow, both, 'quick')).results[1]?.outputMatch.samples).toBe(1);
    const pictures = { original: { runMs: 3000, seesPictures: true }, variant: { runMs: 3000, seesPictures: true } };
    expect((await measure(pictures, both, 'quick')).results[1]?.outputMatch.samples).toBe(3);
    const hopeless = { ...pictures, original: { runMs: 61_000, seesPictures: true } };
    expect((await measure(hopeless, both, 'quick')).results[1]?.outputMatch.samples).toBe(1);
  });
});
