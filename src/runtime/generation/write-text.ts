/** Models write on from the same prompt, each by itself, a token at a time. */
import { DecoderSession, likeliestToken, type DecoderSpec } from './decoder-session';
import type { SessionHost } from '../session/session-host';

export interface WriteRequest {
  /** The original first. */
  readonly models: readonly (DecoderSpec & { readonly id: string })[];
  readonly prompt: readonly number[];
  /** Tokens that are written at most. */
  readonly count: number;
  /** Tokens that end a text. Absent: none does. */
  readonly ends?: readonly number[];
}

export interface WrittenToken {
  readonly variant: string;
  readonly token: number;
  /** The time of the run that chose it. The first token's is the time to read the prompt. */
  readonly ms: number;
}

export interface WrittenText {
  readonly variant: string;
  readonly tokens: readonly number[];
  /** The time to the scores of the first token. */
  readonly firstTokenMs: number;
  /** The speed of the tokens after the first; `null` if there are none. */
  readonly tokensPerSecond: number | null;
}

/** Greedy: each next token is the likeliest. The models take turns, token by token. Rejects as sessions do. */
export async function writeTexts(
  signal: AbortSignal,
  host: SessionHost,
  { models, prompt, count, ends = [] }: WriteRequest,
  onToken: (token: WrittenToken) => void,
): Promise<readonly WrittenText[]> {
  const writers: Writer[] = [];
  try {
    for (const { id, ...spec } of models) writers.push(new Writer(id, await DecoderSession.open(signal, host, spec)));
    for (let written = 0; written < count; written++) {
      for (const writer of writers) {
        signal.throwIfAborted();
        const token = await writer.write(prompt, ends);
        if (token !== undefined) onToken(token);
      }
    }
    return writers.map((writer) => writer.text);
  } finally {
    for (const writer of writers) writer.close();
  }
}

class Writer {
  readonly #id: string;
  readonly #session: DecoderSession;
  readonly #tokens: number[] = [];
  readonly #timesMs: number[] = [];
  #hasEnded = false;

  constructor(id: string, session: DecoderSession) {
    this.#id = id;
    this.#session = session;
  }

  /** The next token; `undefined` once the text has ended. */
  async write(prompt: readonly number[], ends: readonly number[]): Promise<WrittenToken | undefined> {
    if (this.#hasEnded) return undefined;
    const last = this.#tokens.at(-1);
    const { scores, ms } = await this.#session.read(last === undefined ? prompt : [last]);
    const token = likeliestToken(scores);
    this.#tokens.push(token);
    this.#timesMs.push(ms);
    this.#hasEnded = ends.includes(token);
    return { variant: this.#id, token, ms };
  }

  get text(): WrittenText {
    const [firstTokenMs = Number.NaN, ...rest] = this.#timesMs;
    const sum = rest.reduce((total, ms) => total + ms, 0);
    return {
      variant: this.#id,
      tokens: this.#tokens,
      firstTokenMs,
      tokensPerSecond: rest.length === 0 ? null : (1000 * rest.length) / sum,
    };
  }

  close(): void {
    this.#session.close();
  }
}

/** The place of the first token in which two texts differ; `null` where they are the same. */
export function firstDifference(a: readonly number[], b: readonly number[]): number | null {
  const length = Math.max(a.length, b.length);
  for (let place = 0; place < length; place++) if (a[place] !== b[place]) return place;
  return null;
}
