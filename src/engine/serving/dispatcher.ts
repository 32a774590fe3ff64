/** A model's front: cache, queue and batches. It has no clock of its own, so that a simulation and a live run are the same code. */
import { BatchTimeEstimate } from './batch-time-estimate';
import { chooseInTime, decideBatch, type BatchPolicy } from './batching';
import { PredictionCache, type CachePolicy } from './prediction-cache';
import { groupOfInput, type TextLengths } from './text-lengths';

export interface ServerSetup {
  readonly policy: BatchPolicy;
  /** Batches that can run at the same time. */
  readonly instances: number;
  readonly cache: CachePolicy | null;
  /** Absent: every request may run with every other. */
  readonly lengths?: TextLengths;
}

export interface Request {
  readonly scheduledMs: number;
  /** The number of the requested input. Equal numbers are equal inputs. */
  readonly input: number;
}

/** An input that waits or runs, with all requests for its result: equal requests share one run. */
export interface QueuedInput {
  readonly input: number;
  readonly waiting: Request[];
  /** The time at which the last of them gives up. */
  deadlineMs: number;
}

export type RequestEnd = 'served' | 'cached' | 'rejected' | 'timed-out';

/** The outcome of one request. Times are in ms from the start of the run. Waiting counts from its scheduled arrival. */
export interface RequestTrace {
  readonly scheduledMs: number;
  readonly startedMs: number;
  readonly endedMs: number;
  readonly end: RequestEnd;
}

export interface RunTrace {
  /** The requests in the order in which they ended. */
  readonly requests: readonly RequestTrace[];
  /** Batches that ran, by their size. */
  readonly batchSizes: ReadonlyMap<number, number>;
  /** The number of waiting requests at each arrival. It grows if the server cannot keep up. */
  readonly backlog: readonly { readonly atMs: number; readonly count: number }[];
  /** Time of all instances together that they ran, in ms. */
  readonly busyMs: number;
  /** Inputs that were computed after every request for them had given up. */
  readonly wastedRows: number;
}

/** The tasks that a dispatcher leaves to the owner of the clock. */
export interface DispatcherHost {
  /** Begins to run these together on a free instance; `finish` is to be called with them when they are done. */
  run(batch: readonly QueuedInput[], nowMs: number): void;
  /** `look` is to be called at this time. */
  wakeAt(atMs: number): void;
  /** The time from an output, computed or cached, to the answer of one request. It occupies no instance. Absent: none. */
  answerDelayMs?(): number;
  /** A request has ended: in a closed loop its client asks again. */
  ended(endedMs: number, end: RequestEnd): void;
}

interface RunningBatch {
  readonly startedMs: number;
  readonly expectedEndMs: number;
}

/** Every call says what time it is, in ms from the start of the run, and may make the host run batches. */
export class Dispatcher {
  readonly #setup: ServerSetup;
  readonly #host: DispatcherHost;
  readonly #timeoutMs: number;
  readonly #waiting: QueuedInput[] = [];
  /** Index of the oldest that waits: shifting an array of thousands at each batch would cost more than all the rest. */
  #oldest = 0;
  readonly #running = new Map<readonly QueuedInput[], RunningBatch>();
  /** When the first of those that run gives up. */
  #nextGivenUpMs = Number.POSITIVE_INFINITY;
  readonly #times = new BatchTimeEstimate();
  readonly #cache: PredictionCache<number, true> | null;
  /** Inputs that wait or run, if equal requests share a run. */
  readonly #inFlight = new Map<number, QueuedInput>();
  readonly #requests: RequestTrace[] = [];
  readonly #batchSizes = new Map<number, number>();
  readonly #backlog: { atMs: number; count: number }[] = [];
  #busyMs = 0;
  #wastedRows = 0;

  constructor(setup: ServerSetup, host: DispatcherHost) {
    this.#setup = setup;
    this.#host = host;
    this.#timeoutMs = setup.policy.timeoutMs ?? Number.POSITIVE_INFINITY;
    this.#cache = setup.cache === null ? null : new PredictionCache(setup.cache);
  }

  get trace(): RunTrace {
    return {
      requests: this.#requests,
      batchSizes: this.#batchSizes,
      backlog: this.#backlog,
      busyMs: this.#busyMs,
      wastedRows: this.#wastedRows,
    };
  }

  get waiting(): number {
    return this.#waiting.length - this.#oldest;
  }

  arrive(request: Request, nowMs: number): void {
    this.#admit(request, nowMs);
    this.look(nowMs);
  }

  finish(batch: readonly QueuedInput[], startedMs: number, nowMs: number): void {
    this.#giveUp(nowMs, false);
    this.#running.delete(batch);
    this.#busyMs += nowMs - startedMs;
    this.#times.note(batch.length, nowMs - startedMs);
    for (const queued of batch) {
      this.#forget(queued);
      const [first, ...others] = queued.waiting.splice(0);
      if (first === undefined) {
        this.#wastedRows++;
        continue;
      }
      this.#answer(first, startedMs, nowMs, 'served');
      this.#cache?.set(queued.input, true, nowMs);
      for (const other of others) this.#answer(other, nowMs, nowMs, 'cached');
    }
    this.look(nowMs);
  }

  /** Sends all requests that are due. */
  look(nowMs: number): void {
    this.#giveUp(nowMs, true);
    for (;;) {
      this.#dropTooLate(nowMs);
      const count = this.#joinable(nowMs)?.length ?? this.waiting;
      const oldest = this.#waiting[this.#oldest];
      const free = this.#setup.instances - this.#running.size;
      const decision = decideBatch(
        {
          count,
          oldestMs: oldest?.waiting[0]?.scheduledMs ?? nowMs,
          latestStartMs: (oldest?.deadlineMs ?? nowMs) - this.#expectedMs(Math.min(count, this.#setup.policy.maxBatch)),
        },
        free,
        nowMs,
        this.#setup.policy,
      );
      if ('waitUntilMs' in decision) {
        if (decision.waitUntilMs !== null) this.#host.wakeAt(decision.waitUntilMs);
        return;
      }
      this.#send(decision.send, nowMs);
    }
  }

  /** Ends the run. Requests that still wait or run get no answer. */
  stop(running: readonly QueuedInput[], nowMs: number): void {
    for (const queued of [...running, ...this.#waiting.splice(this.#oldest)]) {
      for (const one of queued.waiting.splice(0)) this.#end(one, nowMs, nowMs, 'timed-out');
    }
  }

  #admit(request: Request, nowMs: number): void {
    const { policy } = this.#setup;
    if (this.#cache?.get(request.input, nowMs) === true) return this.#answer(request, nowMs, nowMs, 'cached');
    const deadlineMs = request.scheduledMs + this.#timeoutMs;
    const known = this.#cache === null ? undefined : this.#inFlight.get(request.input);
    if (known !== undefined && known.waiting.length > 0) {
      known.waiting.push(request);
      known.deadlineMs = Math.max(known.deadlineMs, deadlineMs);
    } else {
      const count = this.waiting;
      this.#backlog.push({ atMs: nowMs, count });
      const isFull = policy.maxQueue !== undefined && count >= policy.maxQueue;
      if (isFull || this.#waitsInVain(deadlineMs, nowMs)) return this.#end(request, nowMs, nowMs, 'rejected');
      const queued = { input: request.input, waiting: [request], deadlineMs };
      if (this.#cache !== null) this.#inFlight.set(request.input, queued);
      this.#waiting.push(queued);
    }
    if (policy.timeoutMs !== undefined) this.#host.wakeAt(Math.max(nowMs, deadlineMs));
  }

  /** True if the batches before a new request, and its own, take longer than it may wait. */
  #waitsInVain(deadlineMs: number, nowMs: number): boolean {
    const { instances, policy } = this.#setup;
    const count = this.waiting;
    if (policy.timeoutMs === undefined || count === 0) return false;
    const ends = [...this.#running.values()].map(({ expectedEndMs }) => expectedEndMs);
    const freeMs = ends.length < instances ? nowMs : Math.max(nowMs, Math.min(...ends));
    const batches = Math.ceil(Math.ceil((count + 1) / policy.maxBatch) / instances);
    return freeMs + batches * this.#expectedMs(Math.min(count + 1, policy.maxBatch)) > deadlineMs;
  }

  #expectedMs(size: number): number {
    return this.#timeoutMs === Number.POSITIVE_INFINITY ? 0 : this.#times.expectedMs(size, this.#timeoutMs);
  }

  #send(size: number, nowMs: number): void {
    const batch = this.#take(size, nowMs);
    const expectedEndMs = nowMs + this.#expectedMs(batch.length);
    this.#running.set(batch, { startedMs: nowMs, expectedEndMs });
    for (const { waiting } of batch) {
      this.#nextGivenUpMs = Math.min(this.#nextGivenUpMs, waiting[0]!.scheduledMs + this.#timeoutMs);
    }
    this.#batchSizes.set(batch.length, (this.#batchSizes.get(batch.length) ?? 0) + 1);
    this.#host.run(batch, nowMs);
  }

  #take(size: number, nowMs: number): readonly QueuedInput[] {
    const oldest = this.#oldest;
    const joinable = this.#joinable(nowMs);
    const isAnyTime = this.#timeoutMs === Number.POSITIVE_INFINITY;
    if (isAnyTime && joinable === null) {
      this.#oldest += size;
      const batch = this.#waiting.slice(oldest, this.#oldest);
      this.#forgetSent();
      return batch;
    }
    const placeOf = (index: number): number => (joinable === null ? index : joinable[index]!);
    const deadlineMs = (index: number) => this.#waiting[oldest + placeOf(index)]!.deadlineMs;
    const at = { nowMs, expectedMs: (tried: number) => this.#expectedMs(tried) };
    const chosen = isAnyTime
      ? Array.from({ length: size }, (_, index) => index)
      : chooseInTime(size, joinable?.length ?? this.waiting, deadlineMs, at);
    const places = new Set(chosen.map(placeOf));
    const reached = this.#waiting.slice(oldest, oldest + Math.max(...places) + 1);
    const left = reached.filter((_, place) => !places.has(place));
    this.#oldest += places.size;
    for (const [place, queued] of left.entries()) this.#waiting[this.#oldest + place] = queued;
    this.#forgetSent();
    return reached.filter((_, place) => places.has(place));
  }

  /** Places in the queue of those that may run with the oldest, until a full batch of them is in time; `null`: all may. */
  #joinable(nowMs: number): readonly number[] | null {
    const { lengths, policy } = this.#setup;
    if (lengths === undefined || this.waiting === 0) return null;
    const group = groupOfInput(lengths, this.#waiting[this.#oldest]!.input);
    const latestMs = nowMs + this.#expectedMs(policy.maxBatch);
    const places: number[] = [];
    for (let [place, inTime] = [0, 0]; place < this.waiting && inTime < policy.maxBatch; place++) {
      const { input, deadlineMs } = this.#waiting[this.#oldest + place]!;
      if (groupOfInput(lengths, input) !== group) continue;
      places.push(place);
      if (deadlineMs >= latestMs) inTime++;
    }
    return places;
  }

  #forgetSent(): void {
    if (this.#oldest < 1024) return;
    this.#waiting.splice(0, this.#oldest);
    this.#oldest = 0;
  }

  /** Drops requests whose answer would come too late even if they ran alone at this moment. */
  #dropTooLate(nowMs: number): void {
    if (this.#timeoutMs === Number.POSITIVE_INFINITY) return;
    const latestMs = nowMs + this.#expectedMs(1);
    for (let oldest = this.#waiting[this.#oldest]; oldest !== undefined; oldest = this.#waiting[this.#oldest]) {
      const isTooLate = oldest.deadlineMs < latestMs || oldest.deadlineMs <= nowMs;
      if (!isTooLate) return;
      this.#oldest++;
      this.#forget(oldest);
      for (const request of oldest.waiting.splice(0)) this.#end(request, nowMs, nowMs, 'timed-out');
    }
  }

  /** Requests whose answers run still when their time is over; an answer at this very moment `isTooLate` or not. */
  #giveUp(nowMs: number, isTooLate: boolean): void {
    if (nowMs < this.#nextGivenUpMs) return;
    const isOver = (endMs: number) => endMs < nowMs || (isTooLate && endMs === nowMs);
    this.#nextGivenUpMs = Number.POSITIVE_INFINITY;
    for (const [batch, { startedMs }] of this.#running) {
      for (const { waiting } of batch) {
        while (waiting[0] !== undefined && isOver(waiting[0].scheduledMs + this.#timeoutMs)) {
          const request = waiting.shift()!;
          this.#end(request, startedMs, request.scheduledMs + this.#timeoutMs, 'timed-out');
        }
        if (waiting[0] !== undefined) {
          this.#nextGivenUpMs = Math.min(this.#nextGivenUpMs, waiting[0].scheduledMs + this.#timeoutMs);
        }
      }
    }
  }

  #forget(queued: QueuedInput): void {
    if (this.#inFlight.get(queued.input) === queued) this.#inFlight.delete(queued.input);
  }

  #answer(request: Request, startedMs: number, readyMs: number, end: 'served' | 'cached'): void {
    this.#end(request, startedMs, readyMs + (this.#host.answerDelayMs?.() ?? 0), end);
  }

  #end({ scheduledMs }: Request, startedMs: number, endedMs: number, end: RequestEnd): void {
    this.#requests.push({ scheduledMs, startedMs, endedMs, end });
    this.#host.ended(endedMs, end);
  }
}
