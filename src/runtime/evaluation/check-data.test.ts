import { describe, expect, it, vi } from 'vitest';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { createSeededRandom } from '../../engine/seeded-random';
import { createInProcessHost } from '../node/testing/in-process-host';
import type { SessionHost } from '../session/session-host';
import { checkData, type DataCheck } from './check-data';
import type { EvaluateModelsRequest } from './evaluate-models-request';
import {
  classified,
  dataOf,
  features,
  labels,
  labelValue,
  linear,
  mapping,
  tensor,
  x,
} from './testing/made-evaluation';

const context = { signal: new AbortController().signal, checkpoint: () => Promise.resolve() };

/** The check has no time limit, so that the load of the machine does not matter. */
function check(
  changed: Partial<EvaluateModelsRequest> = {},
  mostMs = Infinity,
  host: SessionHost = createInProcessHost(),
): Promise<DataCheck> {
  const dataset = changed.dataset ?? classified;
  const indices = Array.from({ length: dataset.description.samples }, (_, index) => index);
  const models = [{ id: 'original', files: linear('N') }];
  const request = {
    models,
    dataset,
    indices,
    mapping,
    ep: 'wasm',
    threads: 1,
    freeDimensions: {},
    ...changed,
  } as const;
  return checkData(context, host, request, mostMs);
}

const labeled = (labelOf: (index: number) => number) =>
  dataOf({
    fields: [x, labels],
    valuesOf: (index) => ({ x: tensor(features(index), [3]), labels: labelValue(labelOf(index)) }),
  });

const codesOf = ({ warnings }: DataCheck) => warnings.map(({ code }) => code);

describe('the look at data that arrives', () => {
  it('finds nothing if labels fit, on 64 samples', async () => {
    expect(await check()).toEqual({ samples: 64, warnings: [] });
  });

  it('tries no other scaling of a model that is right already', async () => {
    let reads = 0;
    const valuesOf = (index: number) => {
      reads += 1;
      const values = features(index);
      return { x: tensor(values, [3]), labels: labelValue(values.indexOf(Math.max(...values))) };
    };
    const right = dataOf({ fields: [x, labels], valuesOf });
    expect(await check({ dataset: right })).toEqual({ samples: 64, warnings: [] });
    // Four to measure the time, then all 64, and before both the first labels for the task.
    expect(reads).toBeLessThan(200);
  });

  it('runs each sample once, and the first twice, which shows that the model repeats its outputs', async () => {
    const valuesOf = (index: number) => ({ x: tensor(features(index), [3]), labels: labelValue(index % 3) });
    const few = dataOf({ fields: [x, labels], samples: 12, valuesOf });
    let runs = 0;
    const inProcess = createInProcessHost();
    const host: SessionHost = {
      async open(signal, spec) {
        const session = await inProcess.open(signal, spec);
        return { ...session, run: (feeds) => (runs++, session.run(feeds)) };
      },
    };
    expect(await check({ dataset: few }, Infinity, host)).toEqual({ samples: 12, warnings: [] });
    expect(runs).toBe(13);
  });

  it.each([
    [1, 64],
    [20, 54],
    [200, 30],
    [600, 0],
  ])('runs a model of %d ms on %d samples in five seconds, or in ten to show enough', async (ms, count) => {
    let ranMs = 0;
    vi.useFakeTimers({ toFake: ['performance'] });
    try {
      const inProcess = createInProcessHost();
      const host: SessionHost = {
        async open(signal, spec) {
          const session = await inProcess.open(signal, spec);
          const run: typeof session.run = async (feeds) => {
            ranMs += ms;
            vi.advanceTimersByTime(ms);
            return { ...(await session.run(feeds)), ms };
          };
          return { ...session, run };
        },
      };
      expect((await check({}, 5_000, host)).samples).toBe(count);
      expect(ranMs).toBeLessThan(count === 0 ? 5_000 : 10_000);
    } finally {
      vi.useRealTimers();
    }
  });

  it('warns of more classes than outputs', async () => {
    const [warning] = (await check({ dataset: labeled((index) => index % 7) })).warnings;
    expect(warning?.code).toBe('label-values');
    expect(warning?.message).toMatch(/without a class in the output: it has 3, numbered 0 to 2/);
  });

  it('warns of another order of classes, and proposes the order', async () => {
    const [warning] = (await check({ models: [{ id: 'original', files: linear('N', 1) }] })).warnings;
    expect(warning?.code).toBe('class-order');
    expect(warning?.classes).toHaveLength(3);
  });

  it('warns of answers that are no better than guessing', async () => {
    const random = createSeededRandom(3);
    const drawn = Array.from({ length: 150 }, () => Math.floor(random.next() * 3));
    expect(codesOf(await check({ dataset: labeled((index) => drawn[index]!) }))).toContain('chance-level');
  });

  it('proposes preprocessing that fits clearly better', async () => {
    // Columns of very different size: the model compares them as if they were scaled alike.
    const random = createSeededRandom(1);
    const rows = Array.from({ length: 150 }, () => Array.from({ length: 3 }, () => random.next()));
    const dataset = dataOf({
      fields: [x, labels],
      valuesOf: (index) => {
        const row = rows[index]!;
        const values = Float32Array.of(1000 + 300 * row[0]!, 0.01 + 0.003 * row[1]!, 5 * row[2]!);
        return { x: tensor(values, [3]), labels: labelValue(row.indexOf(Math.max(...row))) };
      },
    });
    const proposed = (await check({ dataset })).warnings.find(({ code }) => code === 'preprocessing');
    expect(proposed?.inputs).toBeDefined();
    const better: DataMapping = { ...mapping, inputs: proposed!.inputs! };
    expect(await check({ dataset, mapping: better })).toEqual({ samples: 64, warnings: [] });
  });

  it('says nothing without labels, and why it skips a model for which there is no time', async () => {
    expect(await check({ mapping: { ...mapping, labels: null } })).toEqual({ samples: 0, warnings: [] });
    expect(await check({ models: [{ id: 'original', files: linear('N', 1) }] }, 0)).toEqual({
      samples: 0,
      skipped: expect.stringMatching(
        /^The labels were not checked: the model takes [\d.]+\s(µs|ms|s) per sample\.$/,
      ) as string,
      neededMs: expect.any(Number) as number,
      warnings: [],
    });
  });
});
