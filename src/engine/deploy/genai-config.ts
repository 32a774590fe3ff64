/** The genai_config.json of a decoder. Source of the keys: src/config.h of onnxruntime-genai 0.18. */
import type { Inspection } from '../analysis/inspection';
import { isRecord } from '../versioned-document';

type Keys = Readonly<Record<string, unknown>>;

/** The families that onnxruntime-genai runs by their name in config.json. It runs all of them as plain decoders. */
const families: ReadonlySet<unknown> = new Set([
  'llama',
  'qwen2',
  'qwen3',
  'mistral',
  'gemma',
  'gemma2',
  'phi',
  'phi3',
  'granite',
  'olmo',
  'smollm3',
]);

/**
 * The content of genai_config.json for a decoder with a cache, or the reason why there is none: a sentence.
 * @param config the keys of config.json
 * @param generation those of generation_config.json, which may be empty
 * @param file the path of the model from the folder, and entries of the session that it needs
 */
export function genaiConfig(
  { inputs, outputs }: Pick<Inspection, 'inputs' | 'outputs'>,
  config: Keys,
  generation: Keys,
  { filename, sessionOptions = {} }: { readonly filename: string; readonly sessionOptions?: Keys | undefined },
): Keys | { readonly problem: string } {
  const cached = { key: patternOf(inputs, 'key'), value: patternOf(inputs, 'value') };
  const present = { key: patternOf(outputs, 'key'), value: patternOf(outputs, 'value') };
  const names = [cached.key, cached.value, present.key, present.value];
  const hasLogits = outputs.some(({ name }) => name === 'logits');
  if (names.includes(undefined) || !hasLogits || !inputs.some(({ name }) => name === 'input_ids')) {
    return { problem: 'genai_config.json is not written, because the model is not a decoder with a cache.' };
  }
  const heads = config.num_attention_heads;
  const missing = ['hidden_size', 'num_attention_heads', 'num_hidden_layers', 'vocab_size'].find(
    (key) => typeof config[key] !== 'number',
  );
  if (missing !== undefined)
    return { problem: `genai_config.json is not written, because config.json has no ${missing}.` };
  const width = config.hidden_size as number;
  const own = (name: string) => (inputs.some((input) => input.name === name) ? { [name]: name } : {});
  const pick = (key: string) => generation[key] ?? config[key] ?? undefined;
  const end = pick('eos_token_id');
  const context = config.max_position_embeddings ?? 2048;
  return {
    model: {
      type: families.has(config.model_type) ? config.model_type : 'llama',
      bos_token_id: pick('bos_token_id'),
      eos_token_id: end,
      pad_token_id: pick('pad_token_id') ?? (Array.isArray(end) ? (end as readonly unknown[])[0] : end),
      context_length: context,
      vocab_size: config.vocab_size,
      decoder: {
        session_options: { log_id: 'onnxruntime-genai', provider_options: [], ...sessionOptions },
        filename,
        hidden_size: width,
        head_size: config.head_dim ?? width / (heads as number),
        num_attention_heads: heads,
        num_key_value_heads: config.num_key_value_heads ?? heads,
        num_hidden_layers: config.num_hidden_layers,
        inputs: {
          input_ids: 'input_ids',
          ...own('attention_mask'),
          ...own('position_ids'),
          past_key_names: cached.key,
          past_value_names: cached.value,
        },
        outputs: { logits: 'logits', present_key_names: present.key, present_value_names: present.value },
      },
    },
    search: { do_sample: false, max_length: context, past_present_share_buffer: false },
  };
}

/** `past_key_values.%d.key`: the common form of the names of one kind; `undefined` if they have none. */
function patternOf(values: Inspection['inputs'], kind: 'key' | 'value'): string | undefined {
  const names = values.map(({ name }) => name).filter((name) => new RegExp(`\\d.*${kind}$`).test(name));
  const patterns = new Set(names.map((name) => name.replace(/\d+/, '%d')));
  return patterns.size === 1 ? [...patterns][0] : undefined;
}

/** The keys of a JSON object; none for another text. */
export function keysOf(text: string | undefined): Keys {
  if (text === undefined) return {};
  try {
    const value: unknown = JSON.parse(text);
    return isRecord(value) ? value : {};
  } catch {
    return {};
  }
}
