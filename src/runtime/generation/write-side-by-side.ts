/** Lets models continue a prompt side by side, and shows each text as it grows. */
import type { TextTokenizer } from '../../engine/data/tokenizer/text-tokenizer';
import { ParetoError } from '../../engine/errors';
import { MemorySource } from '../../engine/onnx/byte-source';
import type { BrowserWriteRequest, WrittenPiece } from '../jobs/benchmark-calls';
import type { SessionHost } from '../session/session-host';
import { firstDifference, writeTexts, type WrittenText } from './write-text';

/**
 * Lets all models continue the prompt, greedily. The original is the first model. `onPiece` gets the text of a model after each of its
 * tokens, and the part that equals the original's. Rejects with `generation/prompt` for a prompt without tokens, and as `writeTexts` does.
 */
export async function writeSideBySide(
  signal: AbortSignal,
  host: SessionHost,
  { tokenizer: file, prompt, count, models, outputs, ...spec }: BrowserWriteRequest & { readonly threads: number },
  onPiece: (piece: WrittenPiece) => void,
): Promise<readonly WrittenPiece[]> {
  // Most measurements need no tokenizer.
  const { openTokenizer } = await import('../../engine/data/tokenizer/text-tokenizer');
  const source = new MemorySource(new Uint8Array(await file.arrayBuffer()));
  const tokenizer = await openTokenizer({ path: 'tokenizer.json', source });
  const { ids } = tokenizer.encode([prompt], null);
  const beginning = withoutEnd(ids, tokenizer);
  if (beginning.length === 0) throw new ParetoError('generation/prompt', 'The prompt has no tokens. Write some words.');
  const writing = new Writing(tokenizer, models[0]!.id);
  const asked = { models: models.map((model) => ({ ...model, ...spec, outputs })), prompt: beginning, count };
  const texts = await writeTexts(signal, host, { ...asked, ends: tokenizer.ends }, (text) =>
    onPiece(writing.add(text)),
  );
  // The original may have continued since the last token of a variant.
  return texts.map((text) => writing.add(text));
}

/** A token that ends a text would end the prompt before it is answered. */
function withoutEnd(ids: readonly number[], { ends }: TextTokenizer): readonly number[] {
  return ids.length > 1 && ends.includes(ids.at(-1)!) ? ids.slice(0, -1) : ids;
}

/** The text of each model so far. */
class Writing {
  readonly #tokenizer: TextTokenizer;
  readonly #original: string;
  readonly #tokens = new Map<string, readonly number[]>();

  constructor(tokenizer: TextTokenizer, original: string) {
    this.#tokenizer = tokenizer;
    this.#original = original;
  }

  add({ variant, tokens, ...speed }: WrittenText): WrittenPiece {
    this.#tokens.set(variant, tokens);
    return {
      variant,
      tokens: tokens.length,
      text: this.#tokenizer.decode(tokens),
      ...speed,
      same: this.#sameText(variant),
    };
  }

  /** `null` as long as all tokens are the original's. */
  #sameText(variant: string): string | null {
    const own = this.#tokens.get(variant) ?? [];
    const original = this.#tokens.get(this.#original) ?? [];
    // A token that only one of them has written so far does not count as a difference.
    const length = Math.min(own.length, original.length);
    const place = firstDifference(own.slice(0, length), original.slice(0, length));
    return place === null ? null : this.#tokenizer.decode(own.slice(0, place));
  }
}
