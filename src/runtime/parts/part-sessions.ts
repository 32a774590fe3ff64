/** Sessions of all parts of one model. */
import type { Feeds, InputDescription } from '../../engine/data/feeds';
import type { ModelFiles } from '../models/model-files';
import type { HostedSession, SessionHost } from '../session/session-host';

export interface PartFiles {
  readonly name: string;
  readonly files: ModelFiles;
}

/** Sees the inputs of each run of a part, before it. */
export type ObserveRun = (part: string, feeds: Feeds) => void;

export class PartSessions {
  readonly #sessions: ReadonlyMap<string, HostedSession>;
  readonly #observe: ObserveRun | undefined;

  private constructor(sessions: ReadonlyMap<string, HostedSession>, observe: ObserveRun | undefined) {
    this.#sessions = sessions;
    this.#observe = observe;
  }

  /** Opens the parts on WASM. Rejects as the host does; then no session stays open. */
  static async open(
    signal: AbortSignal,
    host: SessionHost,
    { parts, threads }: { readonly parts: readonly PartFiles[]; readonly threads: number },
    observe?: ObserveRun,
  ): Promise<PartSessions> {
    const sessions = new Map<string, HostedSession>();
    try {
      for (const { name, files } of parts) {
        const spec = { files, ep: 'wasm', threads, freeDimensions: {}, profile: false } as const;
        sessions.set(name, await host.open(signal, spec));
      }
      return new PartSessions(sessions, observe);
    } catch (error) {
      for (const session of sessions.values()) session.close();
      throw error;
    }
  }

  inputsOf(part: string): readonly InputDescription[] {
    return this.#of(part).inputs;
  }

  async run(part: string, feeds: Feeds): Promise<Feeds> {
    this.#observe?.(part, feeds);
    return (await this.#of(part).run(feeds)).outputs;
  }

  close(): void {
    for (const session of this.#sessions.values()) session.close();
  }

  #of(part: string): HostedSession {
    const session = this.#sessions.get(part);
    if (session === undefined) throw new Error(`The part ${part} is not open.`);
    return session;
  }
}
