/** A model behind a batcher and a cache, on measured times: discrete events, as fast as they can be worked off. */
import { createSeededRandom } from '../seeded-random';
import { Dispatcher, type DispatcherHost, type Request, type RequestEnd, type RunTrace } from './dispatcher';
import { EventQueue } from './event-queue';
import { requestsOf, type LoadSetup, type RequestSource } from './request-source';
import type { ServiceTimes } from './service-times';

export interface ServingSetup extends LoadSetup {
  readonly service: ServiceTimes;
}

type Event =
  | { readonly kind: 'arrival'; readonly request: Request }
  | { readonly kind: 'done'; readonly batch: readonly Request[]; readonly startedMs: number }
  /** Time to decide again: the oldest has waited long enough, or timed out. */
  | { readonly kind: 'look' };

/** Everything that comes within the duration is worked off to its end. The same setup gives the same trace. */
export function simulateServing(setup: ServingSetup): RunTrace {
  return new Simulation(setup).simulate();
}

class Simulation implements DispatcherHost {
  readonly #setup: ServingSetup;
  readonly #events = new EventQueue<Event>();
  readonly #dispatcher: Dispatcher;
  readonly #serviceRandom;
  readonly #source: RequestSource;

  constructor(setup: ServingSetup) {
    this.#setup = setup;
    this.#dispatcher = new Dispatcher(setup, this);
    this.#serviceRandom = createSeededRandom(setup.seed + 2);
    this.#source = requestsOf(setup);
  }

  simulate(): RunTrace {
    for (const request of this.#source.first()) this.#addArrival(request);
    for (let next = this.#events.next(); next !== undefined; next = this.#events.next()) {
      const { atMs, event } = next;
      if (event.kind === 'arrival') this.#dispatcher.arrive(event.request, atMs);
      else if (event.kind === 'done') this.#dispatcher.finish(event.batch, event.startedMs, atMs);
      else this.#dispatcher.look(atMs);
    }
    return this.#dispatcher.trace;
  }

  run(batch: readonly Request[], nowMs: number): void {
    const ms = this.#setup.service.drawMs(batch.length, this.#serviceRandom);
    this.#events.add(nowMs + ms, { kind: 'done', batch, startedMs: nowMs });
  }

  wakeAt(atMs: number): void {
    this.#events.add(atMs, { kind: 'look' });
  }

  ended(endedMs: number, end: RequestEnd): void {
    const next = this.#source.after(endedMs, end);
    if (next !== null) this.#addArrival(next);
  }

  #addArrival(request: Request): void {
    this.#events.add(request.scheduledMs, { kind: 'arrival', request });
  }
}
