import { describe, expect, it } from 'vitest';
import cases from './fixtures/batching-cases.json';
import { Dispatcher, type QueuedInput, type RequestEnd } from './dispatcher';
import { EventQueue } from './event-queue';

type Case = Omit<(typeof cases)[number], 'expected' | 'name'>;

/** Runs one instance in simulated time. Requests are numbered in the order of their arrival. */
function runCase({ policy, batchMs, arrivals }: Case) {
  const events = new EventQueue<(nowMs: number) => void>();
  const batches: [number, number[]][] = [];
  const ends = new Map<number, RequestEnd>();
  const dispatcher = new Dispatcher(
    { policy, instances: 1, cache: null },
    {
      run(batch: readonly QueuedInput[], startedMs) {
        batches.push([startedMs, batch.map(({ input }) => input)]);
        events.add(startedMs + batchMs[batch.length - 1]!, (nowMs) => dispatcher.finish(batch, startedMs, nowMs));
      },
      wakeAt: (atMs) => events.add(atMs, (nowMs) => dispatcher.look(nowMs)),
      ended() {
        const { end, scheduledMs } = dispatcher.trace.requests.at(-1)!;
        const isNext = (_: number, number: number) => arrivals[number] === scheduledMs && !ends.has(number);
        ends.set(
          arrivals.findIndex((at, number) => isNext(at, number)),
          end,
        );
      },
    },
  );
  for (const [input, scheduledMs] of arrivals.entries()) {
    events.add(scheduledMs, (nowMs) => dispatcher.arrive({ scheduledMs, input }, nowMs));
  }
  for (let next = events.next(); next !== undefined; next = events.next()) next.event(next.atMs);
  const started = new Set(batches.flatMap(([, inputs]) => inputs));
  const endedAs = (wanted: RequestEnd) =>
    [...ends]
      .flatMap(([number, end]) => (end === wanted && !started.has(number) ? [number] : []))
      .toSorted((a, b) => a - b);
  return { batches, rejected: endedAs('rejected'), notStarted: endedAs('timed-out') };
}

describe('Dispatcher', () => {
  // tools/server/test_batcher.py runs the same cases on the server of bundles.
  it.each(cases)('decides as in the shared case: $name', ({ expected, ...given }) => {
    expect(runCase(given)).toEqual(expected);
  });
});
