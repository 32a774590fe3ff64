import { afterEach, describe, expect, it, vi } from 'vitest';
import type { SessionHost } from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';
import { createInProcessHost } from '../node/testing/in-process-host';
import { dataOf, features, linear, mapping, signalOf, tensor, x } from '../evaluation/testing/made-evaluation';
import { TryOut } from './try-out';

const context = signalOf(new AbortController());
const input = (index: number, width = 3) =>
  dataOf({
    fields: [{ ...x, name: 'given' }],
    samples: 1,
    valuesOf: () => ({ given: tensor(features(index).slice(0, width), [width]) }),
  });
const request = {
  models: [
    { id: 'original', files: linear('N'), sha256: 'a' },
    { id: 'shifted', files: linear('N', 1), sha256: 'b' },
  ],
  model: {
    inputs: [{ name: 'x', dtype: 'float32', shape: ['N', 3] }],
    outputs: [{ name: 'y', dtype: 'float32', shape: ['N', 3] }],
  },
  mapping: { ...mapping, task: { kind: 'classification', output: 'y' } },
  classNames: ['cat', 'dog', 'bird'],
  ep: 'wasm',
  threads: 1,
  freeDimensions: {},
} as const;

/** Counts sessions that are open. */
function countingHost() {
  const host = createInProcessHost();
  const counts = { opened: 0, open: 0 };
  const counting: SessionHost = {
    ...host,
    async open(signal: AbortSignal, spec: SessionSpec) {
      const session = await host.open(signal, spec);
      counts.opened++;
      counts.open++;
      return Object.assign(Object.create(session), {
        close() {
          counts.open--;
          session.close();
        },
      });
    },
  };
  return { counting, counts };
}

afterEach(() => vi.useRealTimers());

describe('TryOut', () => {
  it('shows the answers of both models to an input of another source, by the names of the classes', async () => {
    const tryOut = new TryOut(createInProcessHost());
    const tried = await tryOut.run(context, 'a', input(1), request);
    expect(tried.change).toMatchObject({ before: { answer: 'dog' }, after: { answer: 'bird' }, isOther: true });
    expect(tried.preview.tensors).toMatchObject([{ input: 'x' }]);
    expect(Math.min(...tried.ms)).toBeGreaterThan(0);
    tryOut.close();
  });

  it('keeps sessions for the next input, and ends them after a minute without one', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { counting, counts } = countingHost();
    const tryOut = new TryOut(counting);
    await tryOut.run(context, 'a', input(1), request);
    await tryOut.run(context, 'a', input(2), request);
    expect(counts).toEqual({ opened: 2, open: 2 });
    vi.advanceTimersByTime(60_000);
    expect(counts.open).toBe(0);
  });

  it('refuses an input that does not fit with a sentence, and ends the sessions', async () => {
    const { counting, counts } = countingHost();
    const tryOut = new TryOut(counting);
    await expect(tryOut.run(context, 'a', input(1, 2), request)).rejects.toThrow(/x/);
    expect(counts.open).toBe(0);
  });
});
