/** The contents of a tokenizer.json with a token for each letter, the space and the end. */
export const lettersTokenizer = {
  version: '1.0',
  truncation: null,
  padding: null,
  added_tokens: [
    { id: 0, content: '<end>', special: true, single_word: false, lstrip: false, rstrip: false, normalized: false },
  ],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: {
    type: 'BPE',
    dropout: null,
    unk_token: null,
    continuing_subword_prefix: null,
    end_of_word_suffix: null,
    fuse_unk: false,
    byte_fallback: false,
    vocab: Object.fromEntries(['<end>', ' ', ...'abcdefghijklmnopqrstuvwxyz'].map((token, id) => [token, id])),
    merges: [],
  },
};
