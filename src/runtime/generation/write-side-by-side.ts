/** Writing for people: a prompt in words, and each model's text as it grows. */
import { openTokenizer, type TextTokenizer } from '../../engine/data/tokenizer/text-tokenizer';
import { ParetoError } from '../../engine/errors';
import { MemorySource } from '../../engine/onnx/byte-source';
import type { BrowserWriteRequest, WrittenPiece } from '../jobs/benchmark-calls';
import type { SessionHost } from '../session/session-host';
import { firstDifference, writeTexts, type WrittenToken } from './write-text';

/**
 * The models write on from the prompt, greedily. The original is the first model. Each token is told with the text so far, and with the
 * part that is the same as the original's. Rejects with `generation/prompt` for a prompt without tokens, and as sessions do.
 */
export async function writeSideBySide(
  signal: AbortSignal,
  host: SessionHost,
  { tokenizer: file, prompt, count, models, outputs, ...spec }: BrowserWriteRequest & { readonly threads: number },
  onPiece: (piece: WrittenPiece) => void,
): Promise<readonly WrittenPiece[]> {
  const source = new MemorySource(new Uint8Array(await file.arrayBuffer()));
  const tokenizer = await openTokenizer({ path: 'tokenizer.json', source });
  const { ids } = tokenizer.encode([prompt], null);
  const beginning = withoutEnd(ids, tokenizer);
  if (beginning.length === 0) throw new ParetoError('generation/prompt', 'The prompt has no tokens. Write some words.');
  const writing = new Writing(tokenizer, models[0]!.id);
  const last = new Map<string, WrittenPiece>();
  const asked = { models: models.map((model) => ({ ...model, ...spec, outputs })), prompt: beginning, count };
  await writeTexts(signal, host, { ...asked, ends: tokenizer.ends }, (token) => {
    const piece = writing.add(token);
    last.set(piece.variant, piece);
    onPiece(piece);
  });
  // The original may have written on since.
  return models.flatMap(({ id }) => {
    const piece = last.get(id);
    return piece === undefined ? [] : { ...piece, same: writing.sameText(id) };
  });
}

/** A token that ends a text would end the prompt before it is answered. */
function withoutEnd(ids: readonly number[], { ends }: TextTokenizer): readonly number[] {
  return ids.length > 1 && ends.includes(ids.at(-1)!) ? ids.slice(0, -1) : ids;
}

/** The text of each model so far. */
class Writing {
  readonly #tokenizer: TextTokenizer;
  readonly #original: string;
  readonly #tokens = new Map<string, number[]>();
  readonly #timesMs = new Map<string, number[]>();

  constructor(tokenizer: TextTokenizer, original: string) {
    this.#tokenizer = tokenizer;
    this.#original = original;
  }

  add({ variant, token, ms }: WrittenToken): WrittenPiece {
    const tokens = [...(this.#tokens.get(variant) ?? []), token];
    const timesMs = [...(this.#timesMs.get(variant) ?? []), ms];
    this.#tokens.set(variant, tokens);
    this.#timesMs.set(variant, timesMs);
    const rest = timesMs.slice(1);
    return {
      variant,
      tokens: tokens.length,
      text: this.#tokenizer.decode(tokens),
      firstTokenMs: timesMs[0]!,
      tokensPerSecond: rest.length === 0 ? null : (1000 * rest.length) / rest.reduce((sum, each) => sum + each, 0),
      same: this.sameText(variant),
    };
  }

  /** `null` as long as all tokens are the original's. */
  sameText(variant: string): string | null {
    const own = this.#tokens.get(variant) ?? [];
    const original = this.#tokens.get(this.#original) ?? [];
    // A token that only one of them has written so far is no difference.
    const length = Math.min(own.length, original.length);
    const place = firstDifference(own.slice(0, length), original.slice(0, length));
    return place === null ? null : this.#tokenizer.decode(own.slice(0, place));
  }
}
