/** Opens a GGUF file as an ONNX model with its tokenizer. */
import { formatCount, formatList } from '../format';
import type { ByteSource } from '../onnx/byte-source';
import type { Model } from '../onnx/graph';
import { buildDecoder } from './build-decoder';
import { configFiles } from './config-files';
import { readGguf, type GgufFile } from './read-gguf';
import { hasStoredForm } from './stored-blocks';
import { readGgufTokenizer } from './read-tokenizer';

interface ReadDecoder {
  /** Computes its weights when they are read: `source` must stay readable. */
  readonly model: Model;
  /** Names the stored types of the weights, and says what becomes of them. */
  readonly note: string;
}

export interface OpenedGguf extends ReadDecoder {
  /** The same with the blocks of its matrices as they are stored; `null` if no operator reads any of them. */
  readonly keepBlocks: (() => ReadDecoder) | null;
  /** The GGUF file. */
  readonly file: { readonly name: string; readonly sizeBytes: number };
  /** The name of the file as an ONNX model: `SmolLM2.onnx`. */
  readonly name: string;
  /** Makes the content of its tokenizer.json, or a sentence with the reason why there is none. */
  readonly readTokenizer: () => { readonly json: Uint8Array } | { readonly problem: string };
  /** Contents of config.json and the other files that describe a model on Hugging Face, by name. */
  readonly configs: () => Readonly<Record<string, object>>;
}

/** Throws as `readGguf` and `buildDecoder` do. */
export function openGguf(source: ByteSource, name: string): OpenedGguf {
  const file = readGguf(source);
  const model = buildDecoder(file);
  const hasBlocks = [...file.tensors.values()].some(({ type }) => hasStoredForm(type.name));
  return {
    model,
    name: `${name.replace(/\.gguf$/i, '')}.onnx`,
    note: describeTypes(file),
    file: { name, sizeBytes: source.sizeBytes },
    keepBlocks: hasBlocks ? () => ({ model: buildDecoder(file, true), note: describeTypes(file, true) }) : null,
    configs: () => configFiles(file),
    readTokenizer() {
      const tokenizer = readGgufTokenizer(file);
      if ('json' in tokenizer) return { json: new TextEncoder().encode(JSON.stringify(tokenizer.json)) };
      return { problem: `Its texts need a tokenizer.json from elsewhere: ${tokenizer.reason}` };
    },
  };
}

/** `Its weights (211 × Q4_1 and 61 × F32) become float32. Rounding errors of the file stay.` */
function describeTypes({ tensors }: GgufFile, keepsBlocks = false): string {
  const counts = new Map<string, number>();
  for (const { type } of tensors.values()) counts.set(type.name, (counts.get(type.name) ?? 0) + 1);
  const types = [...counts].toSorted((a, b) => b[1] - a[1]).map(([type, count]) => `${formatCount(count)} × ${type}`);
  const rounded = [...counts.keys()].filter((type) => type !== 'F32');
  const kept = keepsBlocks ? rounded.filter(hasStoredForm) : [];
  if (kept.length === 0) {
    return `Its weights (${formatList(types)}) become float32.${rounded.length > 0 ? ' Rounding errors of the file stay.' : ''}`;
  }
  const rest =
    kept.length < rounded.length
      ? ` Those of ${formatList(rounded.filter((type) => !kept.includes(type)))} become float32.`
      : '';
  return `Its weights are ${formatList(types)}. Products with ${formatList(kept)} read them as they are.${rest}`;
}
