/** A model that writes, in a session that keeps its cache: read a prompt, then a token at a time. */
import { decoderFeeds } from '../../engine/data/decoder/decoder-feeds';
import {
  decoderInputs,
  positionsOf,
  type DecoderInputs,
  type DecoderOutputs,
} from '../../engine/data/decoder/decoder-wiring';
import { tensorNumbers, type Numbers } from '../../engine/data/tensor-numbers';
import { ParetoError } from '../../engine/errors';
import { ownValue } from '../../engine/own-value';
import type { HostedSession, SessionHost } from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';

export interface DecoderSpec extends Pick<SessionSpec, 'files' | 'ep' | 'threads'> {
  readonly outputs: DecoderOutputs;
}

export class DecoderSession {
  readonly #session: HostedSession;
  readonly #logits: string;
  readonly inputs: DecoderInputs;
  #past = 0;

  private constructor(session: HostedSession, inputs: DecoderInputs, logits: string) {
    this.#session = session;
    this.inputs = inputs;
    this.#logits = logits;
  }

  /** Rejects as the host does, and with `generation/inputs` for a model that takes more than tokens. */
  static async open(
    signal: AbortSignal,
    host: SessionHost,
    { outputs, ...spec }: DecoderSpec,
  ): Promise<DecoderSession> {
    const session = await host.open(signal, {
      ...spec,
      freeDimensions: {},
      profile: false,
      resident: outputs.caches,
    });
    const inputs = decoderInputs(session.inputs);
    if (inputs !== undefined) return new DecoderSession(session, inputs, outputs.logits);
    session.close();
    throw new ParetoError(
      'generation/inputs',
      `${spec.files.name} needs inputs besides tokens, so it cannot generate text.`,
    );
  }

  /** Tokens in the cache. */
  get past(): number {
    return this.#past;
  }

  /** Forgets the text: the next run starts another. */
  restart(): void {
    this.#past = 0;
  }

  /** Reads tokens that follow those in the cache. Returns the scores of the next token, and the time of the run. */
  async read(tokens: readonly number[]): Promise<{ readonly scores: Numbers; readonly ms: number }> {
    const { ms, outputs } = await this.#session.run(decoderFeeds(this.inputs, { tokens, past: this.#past }));
    this.#past += tokens.length;
    const logits = ownValue(outputs, this.#logits);
    const values = logits && tensorNumbers(logits);
    const vocabulary = logits?.dims.at(-1) ?? 0;
    if (values === undefined || vocabulary === 0) {
      throw new ParetoError('generation/output', `The model gave no scores in "${this.#logits}".`);
    }
    return { scores: values.subarray(values.length - vocabulary), ms };
  }

  /** Reads tokens like `read`, without the scores, which are many for a long prompt. Returns the time of the run in ms. */
  async time(tokens: readonly number[]): Promise<number> {
    await this.#session.feed(decoderFeeds(this.inputs, { tokens, past: this.#past }));
    this.#past += tokens.length;
    return this.#session.time(1);
  }

  /** Reads tokens one by one, without the scores. Returns the time of each in ms, with its feeding. */
  async timeEach(tokens: readonly number[]): Promise<readonly number[]> {
    const past = this.#past;
    this.#past += tokens.length;
    return this.#session.timeEach(
      tokens.map((token, index) => decoderFeeds(this.inputs, { tokens: [token], past: past + index })),
    );
  }

  close(): void {
    this.#session.close();
  }
}

/** Returns the most tokens for which all of these models have positions, as far as their tables state it. */
export function mostTokens(sessions: readonly DecoderSession[]): number {
  return Math.min(...sessions.map(({ inputs }) => positionsOf(inputs)));
}

/** Returns the token with the largest score, as greedy decoding selects it: the first of equal ones. NaN is never the largest. */
export function likeliestToken(scores: Numbers): number {
  let best = 0;
  for (let token = 1; token < scores.length; token++) {
    if (scores[token]! > scores[best]! || Number.isNaN(scores[best]!)) best = token;
  }
  return best;
}
