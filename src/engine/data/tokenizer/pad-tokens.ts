import type { TokenizedText, TokenizerDescription } from '../dataset';

/** The inputs of a model of texts. All lists have one length. */
export interface PaddedTokens {
  readonly input_ids: readonly number[];
  /** 1 for tokens of the text, 0 for padding. */
  readonly attention_mask: readonly number[];
  readonly token_type_ids: readonly number[];
}

/** The tokens of a text, filled up to `length`, on the tokenizer's side. Longer ones stay unchanged. */
export function padTokens(
  { ids, typeIds }: TokenizedText,
  length: number,
  { id, typeId, isLeft }: TokenizerDescription['padding'],
): PaddedTokens {
  const missing = Math.max(0, length - ids.length);
  const filled = (values: readonly number[], filling: number): readonly number[] => {
    const padding = Array.from({ length: missing }, () => filling);
    return isLeft ? [...padding, ...values] : [...values, ...padding];
  };
  return {
    input_ids: filled(ids, id),
    attention_mask: filled(
      ids.map(() => 1),
      0,
    ),
    token_type_ids: filled(typeIds, typeId),
  };
}
