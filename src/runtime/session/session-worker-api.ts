import { transfer } from 'comlink';
import { type Outcome, outcomeOf } from '../../engine/errors';
import type { SessionWorkerApi } from './live-worker';
import { type SessionApi, type SessionRealm, type TimedRun, WorkerSession } from './session';
import { watchMemory } from './watch-memory';
import type { FeedTensor } from '../../engine/data/feeds';
import type { ChainRequest, ChainResult, KeptType } from '../../engine/inference';
import { ownValue } from '../../engine/own-value';
import { feedsSizeBytes } from './feeds-size';
import type { SessionSpec } from './session-spec';

type Values = Map<string, FeedTensor>;

/** Parts of a model, one session after the other in this worker, with the values that they leave each other. */
export class SessionChain {
  readonly #realm: SessionRealm;
  #session: WorkerSession | undefined;
  /** Values by the place of the sample. */
  readonly #kept = new Map<number, Values>();

  constructor(realm: SessionRealm) {
    this.#realm = realm;
  }

  /** Sessions of parts are small: what one gives back is enough for the next. */
  async load(spec: SessionSpec): Promise<void> {
    await this.#session?.release();
    this.#session = new WorkerSession(this.#realm);
    await this.#session.open(spec);
  }

  async run({ first, feeds, read, keep }: ChainRequest): Promise<ChainResult> {
    const types = new Map<string, KeptType>();
    const values = [];
    let keptBytes = 0;
    for (const [index, fed] of feeds.entries()) {
      const kept = this.#kept.get(first + index) ?? new Map<string, FeedTensor>();
      this.#kept.set(first + index, kept);
      const known: Values = new Map([...kept, ...Object.entries(fed)]);
      const computed = [...read, ...keep].every((name) => known.has(name)) ? {} : await this.#compute(known);
      const find = (name: string): FeedTensor | undefined => known.get(name) ?? ownValue(computed, name);
      for (const name of keep) {
        const value = find(name);
        if (value === undefined) continue;
        types.set(name, { dtype: value.dtype, rank: value.dims.length });
        if (kept.has(name)) continue;
        kept.set(name, value);
        keptBytes += feedsSizeBytes({ value });
      }
      values.push(Object.fromEntries(read.flatMap((name) => (find(name) ? [[name, find(name)!] as const] : []))));
    }
    return { values, keptBytes, kept: types };
  }

  forget(names: readonly string[]): void {
    for (const kept of this.#kept.values()) for (const name of names) kept.delete(name);
  }

  async close(): Promise<void> {
    this.#kept.clear();
    await this.#session?.release();
  }

  async #compute(known: Values): Promise<Readonly<Record<string, FeedTensor>>> {
    if (this.#session === undefined) throw new Error('No part is loaded yet.');
    this.#session.feed(Object.fromEntries(known));
    return (await this.#session.run()).outputs;
  }
}

/** A session of a compiled module, whose compiler is loaded when it is needed. */
export type CompiledSessions = (realm: SessionRealm) => Promise<SessionApi>;

/** The API of a session's worker over one session of this realm, or over one chain of them. */
export function createSessionWorkerApi(realm: SessionRealm, compiled: CompiledSessions): SessionWorkerApi {
  const heapBytes = watchMemory();
  let session: SessionApi = new WorkerSession(realm);
  const chain = new SessionChain(realm);
  return {
    open: (spec) =>
      outcomeOf(async () => {
        if (spec.ep === 'compiled') session = await compiled(realm);
        return session.open(spec);
      }),
    feed: (feeds) => outcomeOf(async () => session.feed(feeds)),
    run: async (feeds) => withoutCopy(await outcomeOf(() => session.run(feeds))),
    readResident: () => outcomeOf(() => session.readResident()),
    time: (runs, leadRuns) => outcomeOf(() => session.time(runs, leadRuns)),
    timeEach: (feeds) => outcomeOf(() => session.timeEach(feeds)),
    profile: () => outcomeOf(async () => session.profile()),
    trace: () => outcomeOf(async () => session.trace()),
    heapBytes: () => outcomeOf(async () => session.heapBytes()),
    gpuBufferBytes: () => outcomeOf(async () => session.gpuBufferBytes()),
    loadPart: (spec) => outcomeOf(() => chain.load(spec)),
    runPart: (request) => outcomeOf(() => chain.run(request)),
    forget: (names) => outcomeOf(async () => chain.forget(names)),
    release: () =>
      outcomeOf(async () => {
        await session.release();
        await chain.close();
        return heapBytes();
      }),
  };
}

/** Outputs are copies already, so they leave the worker unchanged. */
function withoutCopy(outcome: Outcome<TimedRun>): Outcome<TimedRun> {
  if (!outcome.ok) return outcome;
  const buffers = Object.values(outcome.value.outputs).flatMap(({ data }) =>
    ArrayBuffer.isView(data) ? [data.buffer] : [],
  );
  return transfer(outcome, [...new Set(buffers)] as ArrayBuffer[]);
}
