/** Files that describe the decoder of a GGUF file on Hugging Face. Source of the keys: `LlamaConfig`, `Qwen2Config` and `GenerationConfig` of transformers. */
import { embeddingName, readDecoderConfig } from './decoder-config';
import { chatTemplateKey, type GgufFile } from './read-gguf';

/** Names of classes, by architecture. */
const classes = { llama: 'LlamaForCausalLM', qwen2: 'Qwen2ForCausalLM' } as const;

/** Contents of config.json, generation_config.json and tokenizer_config.json, by name. Throws as `readDecoderConfig` does. */
export function configFiles(file: GgufFile): Readonly<Record<string, object>> {
  const config = readDecoderConfig(file);
  const entry = (key: string) => file.metadata.get(key);
  const token = (kind: string) => entry(`tokenizer.ggml.${kind}_token_id`);
  const [start, end, turn] = [token('bos'), token('eos'), token('eot')];
  const ends = turn === undefined || turn === end ? end : [end, turn];
  const ids = { bos_token_id: start, eos_token_id: ends, pad_token_id: token('padding') ?? end };
  return {
    'config.json': {
      architectures: [classes[config.architecture]],
      model_type: config.architecture,
      hidden_act: 'silu',
      hidden_size: config.width,
      intermediate_size: config.hidden,
      num_hidden_layers: config.layers,
      num_attention_heads: config.heads,
      num_key_value_heads: config.kvHeads,
      head_dim: config.headWidth,
      vocab_size: config.vocabulary,
      max_position_embeddings: config.contextLength,
      rms_norm_eps: config.epsilon,
      rope_theta: entry(`${config.architecture}.rope.freq_base`) ?? 10_000,
      tie_word_embeddings: !file.tensors.has('output.weight') && file.tensors.has(embeddingName),
      ...ids,
    },
    'generation_config.json': { _from_model_config: true, ...ids },
    'tokenizer_config.json': tokenizerConfig(file),
  };
}

function tokenizerConfig({ metadata }: GgufFile): object {
  const tokens = metadata.get('tokenizer.ggml.tokens');
  const nameOf = (kind: string): unknown => {
    const id = metadata.get(`tokenizer.ggml.${kind}_token_id`);
    return typeof id === 'number' && Array.isArray(tokens) ? (tokens as readonly string[])[id] : undefined;
  };
  const isSentencePiece = metadata.get('tokenizer.ggml.model') === 'llama';
  return {
    tokenizer_class: isSentencePiece ? 'LlamaTokenizer' : 'PreTrainedTokenizerFast',
    bos_token: nameOf('bos'),
    eos_token: nameOf('eos'),
    unk_token: nameOf('unknown'),
    pad_token: nameOf('padding') ?? nameOf('eos'),
    clean_up_tokenization_spaces: false,
    chat_template: metadata.get(chatTemplateKey),
  };
}
