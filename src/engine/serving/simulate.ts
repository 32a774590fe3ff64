/** A model behind a batcher and a cache, on measured times: discrete events, as fast as they can be worked off. */
import { createSeededRandom } from '../seeded-random';
import {
  drawExponential,
  drawInputs,
  mostRequests,
  scheduleRequests,
  tooMany,
  type Arrivals,
  type InputPopularity,
} from './arrivals';
import { decideBatch, type BatchPolicy } from './batching';
import { EventQueue } from './event-queue';
import { PredictionCache, type CachePolicy } from './prediction-cache';
import type { ServiceTimes } from './service-times';

export interface ServingSetup {
  readonly arrivals: Arrivals;
  readonly durationS: number;
  readonly popularity: InputPopularity;
  readonly policy: BatchPolicy;
  /** Batches that can run at the same time. */
  readonly instances: number;
  readonly cache: CachePolicy | null;
  readonly service: ServiceTimes;
  readonly seed: number;
}

export type RequestEnd = 'served' | 'cached' | 'rejected' | 'timed-out';

/** What became of one request. Times in ms from the start of the run; waiting counts from when it was to come. */
export interface RequestTrace {
  readonly scheduledMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly end: RequestEnd;
}

export interface RunTrace {
  /** In the order in which they ended. */
  readonly requests: readonly RequestTrace[];
  /** Batches that ran, by their size. */
  readonly batchSizes: ReadonlyMap<number, number>;
  /** Requests that waited at each arrival: what grows where the server cannot keep up. */
  readonly backlog: readonly { readonly atMs: number; readonly count: number }[];
  /** Time of all instances together that they ran, in ms. */
  readonly busyMs: number;
}

interface Request {
  readonly scheduledMs: number;
  readonly input: number;
}

type Event =
  | { readonly kind: 'arrival'; readonly request: Request }
  | { readonly kind: 'done'; readonly batch: readonly Request[]; readonly startedMs: number }
  /** Time to decide again: the oldest has waited long enough, or timed out. */
  | { readonly kind: 'look' };

/** Everything that comes within the duration is worked off to its end. The same setup gives the same trace. */
export function simulateServing(setup: ServingSetup): RunTrace {
  return new Simulation(setup).run();
}

class Simulation {
  readonly #setup: ServingSetup;
  readonly #events = new EventQueue<Event>();
  readonly #waiting: Request[] = [];
  /** Index of the oldest that waits: shifting an array of thousands at each batch would cost more than all the rest. */
  #oldest = 0;
  #freeInstances: number;
  readonly #cache: PredictionCache<number, true> | null;
  /** Equal requests that came while the first of them is worked on: they take its answer. */
  readonly #joined = new Map<number, Request[]>();
  readonly #requests: RequestTrace[] = [];
  readonly #batchSizes = new Map<number, number>();
  readonly #backlog: { atMs: number; count: number }[] = [];
  #busyMs = 0;
  readonly #serviceRandom;
  readonly #thinkRandom;
  readonly #nextInput;

  constructor(setup: ServingSetup) {
    this.#setup = setup;
    this.#freeInstances = setup.instances;
    this.#cache = setup.cache === null ? null : new PredictionCache(setup.cache);
    this.#serviceRandom = createSeededRandom(setup.seed + 2);
    this.#thinkRandom = createSeededRandom(setup.seed + 3);
    this.#nextInput = drawInputs(setup.popularity, createSeededRandom(setup.seed + 1));
  }

  run(): RunTrace {
    this.#scheduleArrivals();
    for (let next = this.#events.next(); next !== undefined; next = this.#events.next()) {
      const { atMs, event } = next;
      if (event.kind === 'arrival') this.#arrive(event.request, atMs);
      else if (event.kind === 'done') this.#finish(event.batch, event.startedMs, atMs);
      this.#dispatch(atMs);
    }
    return {
      requests: this.#requests,
      batchSizes: this.#batchSizes,
      backlog: this.#backlog,
      busyMs: this.#busyMs,
    };
  }

  #scheduleArrivals(): void {
    const { arrivals, durationS, popularity, seed } = this.#setup;
    if (arrivals.kind === 'closed') {
      for (let client = 0; client < arrivals.clients; client++) this.#askAfterThinking(0);
      return;
    }
    for (const { atMs, input } of scheduleRequests(arrivals, durationS, popularity, seed)) {
      this.#events.add(atMs, { kind: 'arrival', request: { scheduledMs: atMs, input } });
    }
  }

  /** Of a closed loop: the client that was answered asks again. */
  #askAfterThinking(nowMs: number): void {
    const { arrivals, durationS } = this.#setup;
    if (arrivals.kind !== 'closed') return;
    const atMs = nowMs + (arrivals.thinkMs === 0 ? 0 : drawExponential(arrivals.thinkMs, this.#thinkRandom));
    if (atMs >= durationS * 1000) return;
    if (this.#requests.length >= mostRequests) throw tooMany();
    this.#events.add(atMs, { kind: 'arrival', request: { scheduledMs: atMs, input: this.#nextInput() } });
  }

  #arrive(request: Request, nowMs: number): void {
    const { policy } = this.#setup;
    if (this.#cache?.get(request.input, nowMs) === true) return this.#end(request, nowMs, nowMs, 'cached');
    const first = this.#cache === null ? undefined : this.#joined.get(request.input);
    if (first !== undefined) return void first.push(request);
    const count = this.#waiting.length - this.#oldest;
    this.#backlog.push({ atMs: nowMs, count });
    if (policy.maxQueue !== undefined && count >= policy.maxQueue) return this.#end(request, nowMs, nowMs, 'rejected');
    if (this.#cache !== null) this.#joined.set(request.input, []);
    this.#waiting.push(request);
    if (policy.timeoutMs !== undefined) this.#events.add(nowMs + policy.timeoutMs, { kind: 'look' });
  }

  #dispatch(nowMs: number): void {
    this.#dropTimedOut(nowMs);
    for (;;) {
      const count = this.#waiting.length - this.#oldest;
      const oldestMs = this.#waiting[this.#oldest]?.scheduledMs ?? nowMs;
      const decision = decideBatch({ count, oldestMs }, this.#freeInstances, nowMs, this.#setup.policy);
      if ('waitUntilMs' in decision) {
        if (decision.waitUntilMs !== null) this.#events.add(decision.waitUntilMs, { kind: 'look' });
        return;
      }
      this.#send(decision.send, nowMs);
    }
  }

  #send(size: number, nowMs: number): void {
    const batch = this.#waiting.slice(this.#oldest, this.#oldest + size);
    this.#oldest += size;
    this.#forgetSent();
    const ms = this.#setup.service.drawMs(size, this.#serviceRandom);
    this.#freeInstances--;
    this.#busyMs += ms;
    this.#batchSizes.set(size, (this.#batchSizes.get(size) ?? 0) + 1);
    this.#events.add(nowMs + ms, { kind: 'done', batch, startedMs: nowMs });
  }

  #forgetSent(): void {
    if (this.#oldest < 1024) return;
    this.#waiting.splice(0, this.#oldest);
    this.#oldest = 0;
  }

  #finish(batch: readonly Request[], startedMs: number, nowMs: number): void {
    this.#freeInstances++;
    for (const request of batch) {
      this.#end(request, startedMs, nowMs, 'served');
      if (this.#cache === null) continue;
      this.#cache.set(request.input, true, nowMs);
      const joined = this.#joined.get(request.input) ?? [];
      this.#joined.delete(request.input);
      for (const other of joined) this.#end(other, nowMs, nowMs, 'cached');
    }
  }

  /** Before a batch is formed: nobody waits for their answers any more. */
  #dropTimedOut(nowMs: number): void {
    const { timeoutMs } = this.#setup.policy;
    if (timeoutMs === undefined) return;
    for (let oldest = this.#waiting[this.#oldest]; oldest !== undefined; oldest = this.#waiting[this.#oldest]) {
      if (nowMs - oldest.scheduledMs < timeoutMs) return;
      this.#oldest++;
      const joined = this.#joined.get(oldest.input) ?? [];
      this.#joined.delete(oldest.input);
      for (const request of [oldest, ...joined]) this.#end(request, nowMs, nowMs, 'timed-out');
    }
  }

  #end({ scheduledMs }: Request, startedMs: number, endedMs: number, end: RequestEnd): void {
    this.#requests.push({ scheduledMs, startedMs, endedMs, end });
    this.#askAfterThinking(endedMs);
  }
}
