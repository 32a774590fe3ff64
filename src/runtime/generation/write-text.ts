/** Models write on from the same prompt, each by itself, a token at a time. */
import { ParetoError } from '../../engine/errors';
import { DecoderSession, likeliestToken, mostTokens, type DecoderSpec } from './decoder-session';
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

/** The text of a model so far, without the prompt. */
export interface WrittenText {
  readonly variant: string;
  readonly tokens: readonly number[];
  /** The time to read the prompt and to score the first token. */
  readonly firstTokenMs: number;
  /** The speed of the tokens after the first; `null` if there are none. */
  readonly tokensPerSecond: number | null;
}

/**
 * Writes greedily: each next token is the likeliest. The models take turns, token by token, and `onText` gets the text of a model after
 * each of its tokens. A text ends early if the models have no more positions. Rejects with `generation/prompt` for a prompt that leaves
 * no position, and as sessions do.
 */
export async function writeTexts(
  signal: AbortSignal,
  host: SessionHost,
  { models, prompt, count, ends = [] }: WriteRequest,
  onText: (text: WrittenText) => void,
): Promise<readonly WrittenText[]> {
  const writers: Writer[] = [];
  try {
    for (const { id, ...spec } of models) writers.push(new Writer(id, await DecoderSession.open(signal, host, spec)));
    const room = mostTokens(writers.map(({ session }) => session)) - prompt.length;
    if (room < 1) throw tooLong(prompt.length, room);
    for (let written = 0; written < Math.min(count, room); written++) {
      for (const writer of writers) {
        signal.throwIfAborted();
        if (await writer.write(prompt, ends)) onText(writer.text);
      }
    }
    return writers.map((writer) => writer.text);
  } finally {
    for (const { session } of writers) session.close();
  }
}

function tooLong(tokens: number, room: number): ParetoError {
  return new ParetoError(
    'generation/prompt',
    `The prompt has ${tokens} tokens, but the model reads at most ${tokens + room - 1} before it writes. Shorten the prompt.`,
  );
}

class Writer {
  readonly session: DecoderSession;
  readonly #id: string;
  readonly #tokens: number[] = [];
  readonly #timesMs: number[] = [];
  #hasEnded = false;

  constructor(id: string, session: DecoderSession) {
    this.#id = id;
    this.session = session;
  }

  /** Writes the next token. False if the text has ended. */
  async write(prompt: readonly number[], ends: readonly number[]): Promise<boolean> {
    if (this.#hasEnded) return false;
    const last = this.#tokens.at(-1);
    const { scores, ms } = await this.session.read(last === undefined ? prompt : [last]);
    const token = likeliestToken(scores);
    this.#tokens.push(token);
    this.#timesMs.push(ms);
    this.#hasEnded = ends.includes(token);
    return true;
  }

  get text(): WrittenText {
    const [firstTokenMs = Number.NaN, ...rest] = this.#timesMs;
    const sum = rest.reduce((total, ms) => total + ms, 0);
    return {
      variant: this.#id,
      tokens: [...this.#tokens],
      firstTokenMs,
      tokensPerSecond: rest.length === 0 ? null : (1000 * rest.length) / sum,
    };
  }
}

/** The place of the first token in which two texts differ; `null` if they are the same. */
export function firstDifference(a: readonly number[], b: readonly number[]): number | null {
  const length = Math.max(a.length, b.length);
  for (let place = 0; place < length; place++) if (a[place] !== b[place]) return place;
  return null;
}
