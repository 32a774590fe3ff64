import type { Remote } from 'comlink';
import type { Outcome } from '../../engine/errors';
import type { Feeds, InputDescription } from '../../engine/data/feeds';
import type { ChainRequest, ChainResult } from '../../engine/inference';
import type { ExecutionProvider, ProviderAvailability } from '../../engine/metrics/cell';
import type { IdleWorkers, RuntimeSpec } from './idle-workers';
import {
  LiveWorker,
  sessionClosed,
  usualPatience,
  type Patience,
  type SessionWorker,
  type SessionWorkerApi,
} from './live-worker';
import type { TimedRun } from './session';
import type { SessionProfile, SessionSpec } from './session-spec';
import type { TraceEvent } from './trace-events';

/** The host of sessions: a worker each in the browser, a thread each in Node. */
export interface SessionHost {
  /**
   * Opens a session in a worker that has no other. The worker ends when the signal is aborted, even if it already is.
   */
  open(signal: AbortSignal, spec: SessionSpec): Promise<HostedSession>;
}

export interface ChainHost extends SessionHost {
  /**
   * Opens one worker for sessions that come one after the other. It ends when the signal is aborted, even if it already
   * is.
   */
  openChain(signal: AbortSignal): HostedChain;
  /** The availability, as in `Inference.availability`. */
  availability(ep: ExecutionProvider): Promise<ProviderAvailability>;
}

/** The host without availability, because the caller that starts the workers knows it. */
export type WorkerHost = Omit<ChainHost, 'availability'>;

export interface HostedChain {
  load(spec: SessionSpec): Promise<void>;
  run(request: ChainRequest): Promise<ChainResult>;
  forget(names: readonly string[]): Promise<void>;
  /** Ends the chain, and its worker unless that waits for another. */
  close(): void;
}

export interface HostedSession {
  readonly loadMs: number;
  readonly inputs: readonly InputDescription[];
  feed(feeds: Feeds): Promise<void>;
  /** Runs; with feeds it does `feed` and then `run`, in one message. */
  run(feeds?: Feeds): Promise<TimedRun>;
  /** Reads the values that the session keeps between runs, by output. */
  readResident(): Promise<Feeds>;
  /** Time of `runs` runs together, in ms, after `leadRuns` untimed ones (none if absent). */
  time(runs: number, leadRuns?: number): Promise<number>;
  /** Feeds and runs for each of these, in one message. Returns the time of each in ms, with its feeding. */
  timeEach(feeds: readonly Feeds[]): Promise<readonly number[]>;
  profile(): Promise<SessionProfile>;
  /** Ends the profile like `profile`, and returns the single events for a trace viewer. */
  trace(): Promise<readonly TraceEvent[]>;
  /** Bytes of the runtime's heap. `null` if it is not visible. */
  heapBytes(): Promise<number | null>;
  /** The most bytes of buffers on the GPU at once. `null` for a session that does not count them. */
  gpuBufferBytes(): Promise<number | null>;
  /** Ends the session, and its worker unless that waits for another. */
  close(): void;
}

/** A host with one session that it hands out again and again: for one model that runs many times in a row. */
export function sharedSession(host: SessionHost): { readonly host: SessionHost; close(): void } {
  let opened: HostedSession | undefined;
  return {
    host: {
      async open(signal, spec) {
        opened ??= await host.open(signal, spec);
        return { ...opened, close: () => undefined };
      },
    },
    close: () => opened?.close(),
  };
}

/** Chains run on WASM with one thread, as `partSpec` says. */
const ofChains: RuntimeSpec = { ep: 'wasm', threads: 1, profile: false };

type WorkerCall = <Value>(job: (api: Remote<SessionWorkerApi>) => Promise<Outcome<Value>>) => Promise<Value>;

/** A worker that nobody else uses, until it is left or the signal is aborted. */
interface OccupiedWorker {
  readonly call: WorkerCall;
  /** A call that no call of a host beside this one may disturb. */
  readonly callAlone: WorkerCall;
  leave(): void;
}

type Occupy = (signal: AbortSignal, spec: RuntimeSpec) => Promise<OccupiedWorker>;

interface WorkerHostSettings {
  readonly patience?: Patience;
  /** The turn of this host beside other hosts. Absent: it does not wait for them. */
  readonly turn?: HostTurn | undefined;
}

/**
 * A host over workers. All of its sessions share one turn: two runs never happen at once.
 * @param idle where workers wait for another session once theirs is closed. Absent: they end with it.
 */
export function createWorkerHost(
  spawn: () => SessionWorker,
  idle?: IdleWorkers,
  { patience = usualPatience, turn = new TurnToken() }: WorkerHostSettings = {},
): WorkerHost {
  const occupy = occupyWith(() => new LiveWorker(spawn(), patience), idle, turn);
  return {
    open: async (signal, spec) => withOutputNames(await openSession(occupy, signal, spec), spec.files),
    openChain: (signal) => openChain(occupy, signal),
  };
}

function occupyWith(spawn: () => LiveWorker, idle: IdleWorkers | undefined, turn: HostTurn): Occupy {
  return async (signal, spec) => {
    signal.throwIfAborted();
    // A worker that was left just now becomes free in its turn.
    const worker = (idle && (await turn.take(async () => idle.take(spec)))) ?? spawn();
    const onAbort = () => worker.end(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    let isLeft = false;
    const unlessLeft: WorkerCall = (job) => {
      if (isLeft) throw sessionClosed();
      return worker.call(job);
    };
    return {
      call: (job) => turn.take(() => unlessLeft(job)),
      callAlone: (job) => turn.takeAlone(() => unlessLeft(job)),
      leave() {
        if (isLeft) return;
        isLeft = true;
        signal.removeEventListener('abort', onAbort);
        if (idle === undefined) worker.end(sessionClosed());
        else void turn.take(() => idle.keep(worker, spec));
      },
    };
  };
}

async function openSession(occupy: Occupy, signal: AbortSignal, spec: SessionSpec): Promise<HostedSession> {
  const { call, callAlone, leave } = await occupy(signal, spec);
  try {
    const opened = await call((remote) => remote.open(spec));
    return {
      ...opened,
      feed: (feeds) => call((remote) => remote.feed(feeds)),
      run: (feeds) => call((remote) => remote.run(feeds)),
      readResident: () => call((remote) => remote.readResident()),
      time: (runs, leadRuns) => callAlone((remote) => remote.time(runs, leadRuns)),
      timeEach: (feeds) => callAlone((remote) => remote.timeEach(feeds)),
      profile: () => call((remote) => remote.profile()),
      trace: () => call((remote) => remote.trace()),
      heapBytes: () => call((remote) => remote.heapBytes()),
      gpuBufferBytes: () => call((remote) => remote.gpuBufferBytes()),
      close: () => leave(),
    };
  } catch (error) {
    leave();
    throw error;
  }
}

/** Sessions of a model whose outputs have other names than those of the model that it is compared with. */
export function withOutputNames(session: HostedSession, { outputNames }: SessionSpec['files']): HostedSession {
  if (outputNames === undefined) return session;
  return {
    ...session,
    async run(feeds) {
      const run = await session.run(feeds);
      const renamed = Object.entries(run.outputs).map(([name, value]) => [outputNames.get(name) ?? name, value]);
      return { ...run, outputs: Object.fromEntries(renamed) };
    },
  };
}

function openChain(occupy: Occupy, signal: AbortSignal): HostedChain {
  signal.throwIfAborted();
  let leave: (() => void) | undefined;
  const occupied = occupy(signal, ofChains).then((worker) => ((leave = () => worker.leave()), worker));
  occupied.catch(() => undefined);
  const call: WorkerCall = async (job) => (await occupied).call(job);
  return {
    load: (spec) => call((remote) => remote.loadPart(spec)),
    run: (request) => call((remote) => remote.runPart(request)),
    forget: (names) => call((remote) => remote.forget(names)),
    close() {
      if (leave === undefined) occupied.then((worker) => worker.leave()).catch(() => undefined);
      else leave();
    },
  };
}

/** The turn of a host. Its calls come one after the other. */
export interface HostTurn {
  /** Does the work when every earlier work of this host has settled. */
  take<Value>(work: () => Promise<Value>): Promise<Value>;
  /** Does the work when every earlier work of this host and of the hosts beside it has settled. Theirs waits meanwhile. */
  takeAlone<Value>(work: () => Promise<Value>): Promise<Value>;
}

/**
 * Only the holder of the turn runs; the others wait. Two runs at once would falsify both timings, and corrupt the
 * runtime.
 */
export class TurnToken implements HostTurn {
  #last: Promise<unknown> = Promise.resolve();

  async take<Value>(work: () => Promise<Value>): Promise<Value> {
    const mine = this.#last.then(work, work);
    this.#last = mine.catch(() => undefined);
    return mine;
  }

  takeAlone<Value>(work: () => Promise<Value>): Promise<Value> {
    return this.take(work);
  }
}

/** Turns of hosts that run at the same time, each in its own workers. Only timings wait for each other. */
export function turnsSideBySide(count: number): readonly HostTurn[] {
  const tokens = Array.from({ length: count }, () => new TurnToken());
  // All are taken in one order, so that no two works wait for each other.
  const takeAlone = <Value>(work: () => Promise<Value>): Promise<Value> =>
    tokens.reduceRight<() => Promise<Value>>((inner, token) => () => token.take(inner), work)();
  return tokens.map((token) => ({ take: (work) => token.take(work), takeAlone }));
}
