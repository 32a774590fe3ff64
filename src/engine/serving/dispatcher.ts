/** A model's front: cache, queue and batches. It has no clock of its own, so that a simulation and a live run are the same code. */
import { decideBatch, type BatchPolicy } from './batching';
import { PredictionCache, type CachePolicy } from './prediction-cache';

export interface ServerSetup {
  readonly policy: BatchPolicy;
  /** Batches that can run at the same time. */
  readonly instances: number;
  readonly cache: CachePolicy | null;
}

export interface Request {
  readonly scheduledMs: number;
  /** Which input is asked for: equal numbers are equal inputs. */
  readonly input: number;
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

/** What a dispatcher leaves to the one that has the clock. */
export interface DispatcherHost {
  /** Begins to run these together on a free instance; `finish` is to be called with them when they are done. */
  run(batch: readonly Request[], nowMs: number): void;
  /** `look` is to be called at this time. */
  wakeAt(atMs: number): void;
  /** A request has ended: in a closed loop its client asks again. */
  ended(endedMs: number, end: RequestEnd): void;
}

/** Every call says what time it is, in ms from the start of the run, and may make the host run batches. */
export class Dispatcher {
  readonly #setup: ServerSetup;
  readonly #host: DispatcherHost;
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

  constructor(setup: ServerSetup, host: DispatcherHost) {
    this.#setup = setup;
    this.#host = host;
    this.#freeInstances = setup.instances;
    this.#cache = setup.cache === null ? null : new PredictionCache(setup.cache);
  }

  get trace(): RunTrace {
    return {
      requests: this.#requests,
      batchSizes: this.#batchSizes,
      backlog: this.#backlog,
      busyMs: this.#busyMs,
    };
  }

  get waiting(): number {
    return this.#waiting.length - this.#oldest;
  }

  arrive(request: Request, nowMs: number): void {
    this.#admit(request, nowMs);
    this.look(nowMs);
  }

  finish(batch: readonly Request[], startedMs: number, nowMs: number): void {
    this.#freeInstances++;
    this.#busyMs += nowMs - startedMs;
    for (const request of batch) {
      this.#end(request, startedMs, nowMs, 'served');
      if (this.#cache === null) continue;
      this.#cache.set(request.input, true, nowMs);
      for (const other of this.#takeJoined(request.input)) this.#end(other, nowMs, nowMs, 'cached');
    }
    this.look(nowMs);
  }

  /** Sends what is to be sent by now. */
  look(nowMs: number): void {
    this.#dropTimedOut(nowMs);
    for (;;) {
      const count = this.waiting;
      const oldestMs = this.#waiting[this.#oldest]?.scheduledMs ?? nowMs;
      const decision = decideBatch({ count, oldestMs }, this.#freeInstances, nowMs, this.#setup.policy);
      if ('waitUntilMs' in decision) {
        if (decision.waitUntilMs !== null) this.#host.wakeAt(decision.waitUntilMs);
        return;
      }
      this.#send(decision.send, nowMs);
    }
  }

  /** Ends the run: whoever waits still, or runs, gets no answer any more. */
  stop(running: readonly Request[], nowMs: number): void {
    const waiting = this.#waiting.splice(this.#oldest);
    for (const request of [...running, ...waiting]) {
      for (const one of [request, ...this.#takeJoined(request.input)]) this.#end(one, nowMs, nowMs, 'timed-out');
    }
  }

  #admit(request: Request, nowMs: number): void {
    const { policy } = this.#setup;
    if (this.#cache?.get(request.input, nowMs) === true) return this.#end(request, nowMs, nowMs, 'cached');
    const first = this.#cache === null ? undefined : this.#joined.get(request.input);
    if (first !== undefined) return void first.push(request);
    const count = this.waiting;
    this.#backlog.push({ atMs: nowMs, count });
    if (policy.maxQueue !== undefined && count >= policy.maxQueue) return this.#end(request, nowMs, nowMs, 'rejected');
    if (this.#cache !== null) this.#joined.set(request.input, []);
    this.#waiting.push(request);
    if (policy.timeoutMs !== undefined) this.#host.wakeAt(nowMs + policy.timeoutMs);
  }

  #send(size: number, nowMs: number): void {
    const batch = this.#waiting.slice(this.#oldest, this.#oldest + size);
    this.#oldest += size;
    this.#forgetSent();
    this.#freeInstances--;
    this.#batchSizes.set(size, (this.#batchSizes.get(size) ?? 0) + 1);
    this.#host.run(batch, nowMs);
  }

  #forgetSent(): void {
    if (this.#oldest < 1024) return;
    this.#waiting.splice(0, this.#oldest);
    this.#oldest = 0;
  }

  /** Before a batch is formed: nobody waits for their answers any more. */
  #dropTimedOut(nowMs: number): void {
    const { timeoutMs } = this.#setup.policy;
    if (timeoutMs === undefined) return;
    for (let oldest = this.#waiting[this.#oldest]; oldest !== undefined; oldest = this.#waiting[this.#oldest]) {
      if (nowMs - oldest.scheduledMs < timeoutMs) return;
      this.#oldest++;
      for (const request of [oldest, ...this.#takeJoined(oldest.input)]) this.#end(request, nowMs, nowMs, 'timed-out');
    }
  }

  #takeJoined(input: number): readonly Request[] {
    const joined = this.#joined.get(input) ?? [];
    this.#joined.delete(input);
    return joined;
  }

  #end({ scheduledMs }: Request, startedMs: number, endedMs: number, end: RequestEnd): void {
    this.#requests.push({ scheduledMs, startedMs, endedMs, end });
    this.#host.ended(endedMs, end);
  }
}
