/** A live run: requests arrive by the clock, and their batches run in real sessions, under the policies of the simulator. */
import type { Feeds } from '../../engine/data/feeds';
import { quantileOfSorted } from '../../engine/metrics/quantile';
import type { Progress } from '../../engine/progress';
import { formatCount } from '../../engine/format';
import type { LiveRun } from '../../engine/serving/compare-live';
import {
  Dispatcher,
  type DispatcherHost,
  type QueuedInput,
  type Request,
  type RequestEnd,
} from '../../engine/serving/dispatcher';
import { EventQueue } from '../../engine/serving/event-queue';
import { requestsOf, type LoadSetup, type RequestSource } from '../../engine/serving/request-source';
import { feedsSizeBytes } from '../session/feeds-size';
import type { HostedSession, SessionHost } from '../session/session-host';
import { batchFeeds, batchSizesUpTo, type BatchesRequest } from './measure-batches';

export interface LiveRequest extends Omit<BatchesRequest, 'batches'> {
  readonly load: LoadSetup;
}

/** The time in which requests that came in time are still processed. */
const overtimeMs = 2_000;
const progressEveryMs = 200;
/** Inputs of more are made again for every batch. */
const mostKeptBytes = 64 * 2 ** 20;

/**
 * Opens a session for each instance, warms them up and runs the load for its duration and at most 2 s longer. Requests
 * that still wait then are given up. Hosts are asked for one by one, since sessions of one host take turns. Rejects as
 * sessions do.
 */
export async function runLive(
  signal: AbortSignal,
  openHost: () => SessionHost,
  request: LiveRequest,
  onProgress: (progress: Progress) => void,
): Promise<LiveRun> {
  const { files, ep, threads, freeDimensions } = request;
  const { durationS, instances, policy } = request.load;
  const total = durationS * 1000;
  const sessions: HostedSession[] = [];
  try {
    for (let instance = 0; instance < instances; instance++) {
      onProgress({ stage: `Opening session ${instance + 1} of ${instances}`, done: 0, total });
      sessions.push(await openHost().open(signal, { files, ep, threads, freeDimensions, profile: false }));
    }
    const batches = batchFeeds(sessions[0]!.inputs, request);
    const load = batches.isFree ? request.load : { ...request.load, policy: { ...policy, maxBatch: 1, maxWaitMs: 0 } };
    const feedsOf = keepFeeds(batches.of);
    onProgress({ stage: 'Warming up', done: 0, total });
    for (const session of sessions) {
      for (const size of batchSizesUpTo(load.policy.maxBatch)) {
        await session.feed(feedsOf(size));
        await session.run();
      }
    }
    return await new LiveServer(load, sessions, feedsOf, onProgress).serve(signal);
  } finally {
    for (const session of sessions) session.close();
  }
}

function keepFeeds(make: (batch: number) => Feeds): (batch: number) => Feeds {
  const kept = new Map<number, Feeds>();
  let keptBytes = 0;
  return (batch) => {
    const known = kept.get(batch);
    if (known !== undefined) return known;
    const feeds = make(batch);
    const sizeBytes = feedsSizeBytes(feeds);
    if (keptBytes + sizeBytes <= mostKeptBytes) {
      kept.set(batch, feeds);
      keptBytes += sizeBytes;
    }
    return feeds;
  };
}

type Event = { readonly kind: 'arrival'; readonly request: Request } | { readonly kind: 'look' };

interface TimedBatches {
  readonly samplesMs: number[];
  readonly computeMs: number[];
}

class LiveServer implements DispatcherHost {
  readonly #load: LoadSetup;
  readonly #free: HostedSession[];
  readonly #feedsOf: (batch: number) => Feeds;
  readonly #onProgress: (progress: Progress) => void;
  readonly #events = new EventQueue<Event>();
  readonly #source: RequestSource;
  readonly #dispatcher: Dispatcher;
  readonly #waker = new Waker(() => this.#wake());
  readonly #running = new Set<readonly QueuedInput[]>();
  readonly #times = new Map<number, TimedBatches>();
  readonly #lateMs: number[] = [];
  #startedAtMs = 0;
  #reportedAtMs = 0;
  #settle: { resolve(): void; reject(reason: unknown): void } | null = null;

  constructor(
    load: LoadSetup,
    sessions: readonly HostedSession[],
    feedsOf: (batch: number) => Feeds,
    onProgress: (progress: Progress) => void,
  ) {
    this.#load = load;
    this.#free = [...sessions];
    this.#feedsOf = feedsOf;
    this.#onProgress = onProgress;
    this.#source = requestsOf(load);
    this.#dispatcher = new Dispatcher(load, this);
  }

  async serve(signal: AbortSignal): Promise<LiveRun> {
    const requests = this.#source.first();
    this.#startedAtMs = performance.now();
    for (const request of requests) this.#add(request);
    let onAbort = (): void => undefined;
    try {
      await new Promise<void>((resolve, reject) => {
        this.#settle = { resolve, reject };
        onAbort = () => reject(signal.reason);
        signal.addEventListener('abort', onAbort, { once: true });
        signal.throwIfAborted();
        this.#work();
      });
    } finally {
      this.#settle = null;
      this.#waker.close();
      signal.removeEventListener('abort', onAbort);
    }
    return this.#result();
  }

  run(batch: readonly QueuedInput[], nowMs: number): void {
    const session = this.#free.pop()!;
    this.#running.add(batch);
    this.#serveBatch(session, batch, nowMs).catch((error: unknown) => this.#settle?.reject(error));
  }

  wakeAt(atMs: number): void {
    this.#events.add(atMs, { kind: 'look' });
  }

  ended(endedMs: number, end: RequestEnd): void {
    if (this.#settle === null) return;
    for (const request of this.#source.after(endedMs, end)) this.#add(request);
  }

  async #serveBatch(session: HostedSession, batch: readonly QueuedInput[], startedMs: number): Promise<void> {
    await session.feed(this.#feedsOf(batch.length));
    const { ms } = await session.run();
    if (this.#settle === null) return;
    const nowMs = this.#nowMs();
    this.#note(batch.length, nowMs - startedMs, ms);
    this.#free.push(session);
    this.#running.delete(batch);
    this.#dispatcher.finish(batch, startedMs, nowMs);
    this.#work();
  }

  #note(size: number, ms: number, computeMs: number): void {
    const of = this.#times.get(size) ?? { samplesMs: [], computeMs: [] };
    of.samplesMs.push(ms);
    of.computeMs.push(computeMs);
    this.#times.set(size, of);
  }

  #nowMs(): number {
    return performance.now() - this.#startedAtMs;
  }

  #add(request: Request): void {
    this.#events.add(request.scheduledMs, { kind: 'arrival', request });
  }

  /** Nobody would receive an error that is thrown in a timer. */
  #wake(): void {
    try {
      this.#work();
    } catch (error) {
      this.#settle?.reject(error);
    }
  }

  /** Processes everything that is due, then sleeps until the next event, or ends the run. */
  #work(): void {
    if (this.#settle === null) return;
    const limitMs = this.#load.durationS * 1000;
    for (let atMs = this.#events.nextAtMs; atMs !== null && atMs <= this.#nowMs(); atMs = this.#events.nextAtMs) {
      const { event } = this.#events.next()!;
      const nowMs = this.#nowMs();
      if (event.kind === 'look') this.#dispatcher.look(nowMs);
      else {
        this.#lateMs.push(nowMs - event.request.scheduledMs);
        this.#dispatcher.arrive(event.request, nowMs);
      }
    }
    const nowMs = this.#nowMs();
    this.#tell(nowMs, limitMs);
    const isOver = this.#events.nextAtMs === null && this.#running.size === 0 && this.#dispatcher.waiting === 0;
    if (isOver || nowMs >= limitMs + overtimeMs) {
      const { resolve } = this.#settle;
      this.#settle = null;
      this.#dispatcher.stop([...this.#running].flat(), nowMs);
      return resolve();
    }
    // Looks in between let a run end whose batches never do.
    this.#waker.wakeIn(Math.min((this.#events.nextAtMs ?? Infinity) - nowMs, progressEveryMs));
  }

  #tell(nowMs: number, limitMs: number): void {
    if (nowMs - this.#reportedAtMs < progressEveryMs) return;
    this.#reportedAtMs = nowMs;
    const answered = this.#dispatcher.trace.requests.length;
    const stage = `${formatCount(answered)} requests served, ${formatCount(this.#dispatcher.waiting)} waiting`;
    this.#onProgress({ stage, done: Math.min(nowMs, limitMs), total: limitMs });
  }

  #result(): LiveRun {
    const sizes = [...this.#times].toSorted(([a], [b]) => a - b);
    return {
      trace: this.#dispatcher.trace,
      times: sizes.map(([batch, { samplesMs }]) => ({ batch, samplesMs })),
      computeTimes: sizes.map(([batch, { computeMs }]) => ({ batch, samplesMs: computeMs })),
      lateMs: this.#lateMs.length === 0 ? 0 : quantileOfSorted(Float64Array.from(this.#lateMs).sort(), 0.99),
    };
  }
}

/**
 * Calls back a while from now. Each timer is set from a message: one that is set from timers alone, five times over, is held back
 * to 4 ms by browsers.
 */
class Waker {
  readonly #wake: () => void;
  readonly #channel = new MessageChannel();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delayMs = 0;

  constructor(wake: () => void) {
    this.#wake = wake;
    this.#channel.port1.onmessage = () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(this.#wake, this.#delayMs);
    };
  }

  /** Replaces the former request. A timer may fire a little early or late, so the woken code reads the clock. */
  wakeIn(delayMs: number): void {
    this.#delayMs = Math.max(0, delayMs);
    this.#channel.port2.postMessage(null);
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#channel.port1.close();
  }
}
