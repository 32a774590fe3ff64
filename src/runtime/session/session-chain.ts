/** Parts of a model, one session after the other in this worker, with the values that they leave each other. */
import type { FeedTensor } from '../../engine/data/feeds';
import type { ChainRequest, ChainResult, KeptType } from '../../engine/inference';
import { ownValue } from '../../engine/own-value';
import { feedsSizeBytes } from './feeds-size';
import { WorkerSession, type SessionRealm } from './session';
import type { SessionSpec } from './session-spec';

type Values = Map<string, FeedTensor>;

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
