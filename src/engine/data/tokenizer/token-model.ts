/** Interfaces of models that split words into tokens. */

/** One of the tokens that a word becomes. */
export interface Token {
  readonly id: number;
  readonly text: string;
}

export interface TokenModel {
  /** Kind as the file names it: `WordPiece`, `BPE`, `Unigram`. */
  readonly kind: string;
  readonly vocabularySize: number;
  idOf(token: string): number | undefined;
  encode(word: string): readonly Token[];
  /** All tokens by their ids. */
  tokens(): Iterable<readonly [id: number, token: string]>;
}
