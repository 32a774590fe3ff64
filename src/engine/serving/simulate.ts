/** A model behind a batcher and a cache, on measured times: discrete events, as fast as they can be worked off. */
import { createSeededRandom } from '../seeded-random';
import {
  Dispatcher,
  type DispatcherHost,
  type QueuedInput,
  type Request,
  type RequestEnd,
  type RunTrace,
} from './dispatcher';
import { EventQueue } from './event-queue';
import { requestsOf, type LoadSetup, type RequestSource } from './request-source';
import type { ServiceTimes } from './service-times';
import { lengthOfInput } from './text-lengths';

export interface ServingSetup extends LoadSetup {
  readonly service: ServiceTimes;
  /** Times in ms between the end of a batch, or a hit of the cache, and an answer, drawn for each request. They occupy no instance. */
  readonly answerDelaysMs?: readonly number[];
}

type Event =
  | { readonly kind: 'arrival'; readonly request: Request }
  | { readonly kind: 'done'; readonly batch: readonly QueuedInput[]; readonly startedMs: number }
  /** Time to decide again: the oldest has waited long enough, or timed out. */
  | { readonly kind: 'look' };

/** Events between two checkpoints, which take a few milliseconds. */
const eventsAtOnce = 4096;

/**
 * Everything that comes within the duration is worked off to its end. The same setup gives the same trace. In one go, for loads of
 * some thousand requests: `simulateLongServing` can be stopped.
 */
export function simulateServing(setup: ServingSetup): RunTrace {
  const simulation = new Simulation(setup);
  simulation.workOff(Number.POSITIVE_INFINITY);
  return simulation.trace;
}

/** The same trace, of as many requests as may come. `checkpoint` is called every few thousand events. */
export async function simulateLongServing(setup: ServingSetup, checkpoint: () => Promise<void>): Promise<RunTrace> {
  const simulation = new Simulation(setup);
  while (simulation.workOff(eventsAtOnce)) await checkpoint();
  return simulation.trace;
}

class Simulation implements DispatcherHost {
  readonly #setup: ServingSetup;
  readonly #events = new EventQueue<Event>();
  readonly #dispatcher: Dispatcher;
  readonly #serviceRandom;
  readonly #delayRandom;
  readonly #source: RequestSource;
  /** The first requests in the order of their times. In the queue of events, each event would pass through a heap of millions. */
  readonly #first: readonly Request[];
  #come = 0;

  constructor(setup: ServingSetup) {
    this.#setup = setup;
    this.#dispatcher = new Dispatcher(setup, this);
    this.#serviceRandom = createSeededRandom(setup.seed + 2);
    this.#delayRandom = createSeededRandom(setup.seed + 4);
    this.#source = requestsOf(setup);
    this.#first = this.#source.first();
  }

  get trace(): RunTrace {
    return this.#dispatcher.trace;
  }

  /** Processes at most `count` events. Returns false if there are no more. */
  workOff(count: number): boolean {
    for (let done = 0; done < count; done++) {
      if (!this.#workOffNext()) return false;
    }
    return true;
  }

  #workOffNext(): boolean {
    const first = this.#first[this.#come];
    if (first !== undefined && first.scheduledMs <= (this.#events.nextAtMs ?? Number.POSITIVE_INFINITY)) {
      this.#come++;
      this.#dispatcher.arrive(first, first.scheduledMs);
      return true;
    }
    const next = this.#events.next();
    if (next === undefined) return false;
    const { atMs, event } = next;
    if (event.kind === 'arrival') this.#dispatcher.arrive(event.request, atMs);
    else if (event.kind === 'done') this.#dispatcher.finish(event.batch, event.startedMs, atMs);
    else this.#dispatcher.look(atMs);
    return true;
  }

  run(batch: readonly QueuedInput[], nowMs: number): void {
    const { lengths, service } = this.#setup;
    const longest = lengths && Math.max(...batch.map(({ input }) => lengthOfInput(lengths, input)));
    const ms = service.drawMs(batch.length, this.#serviceRandom, longest);
    this.#events.add(nowMs + ms, { kind: 'done', batch, startedMs: nowMs });
  }

  answerDelayMs(): number {
    const { answerDelaysMs = [] } = this.#setup;
    return answerDelaysMs[Math.floor(this.#delayRandom.next() * answerDelaysMs.length)] ?? 0;
  }

  wakeAt(atMs: number): void {
    this.#events.add(atMs, { kind: 'look' });
  }

  ended(endedMs: number, end: RequestEnd): void {
    for (const request of this.#source.after(endedMs, end)) {
      this.#events.add(request.scheduledMs, { kind: 'arrival', request });
    }
  }
}
