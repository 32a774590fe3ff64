/** The sizes of a decoder by the metadata of its GGUF file (keys as in gguf-py/gguf/constants.py). */
import { formatList, formatQuoted } from '../format';
import { damagedGguf, unsupportedGguf } from './header-cursor';
import { storedOrder } from './weight-sources';
import type { GgufFile } from './read-gguf';
import { asFloat32 } from '../onnx/byte-views';

const architectures = ['llama', 'qwen2'] as const;

export interface DecoderConfig {
  readonly architecture: (typeof architectures)[number];
  readonly layers: number;
  /** Elements of a token between the layers. */
  readonly width: number;
  /** Elements between the two products of a feed-forward part. */
  readonly hidden: number;
  readonly heads: number;
  /** Heads of keys and values: each serves `heads / kvHeads` heads of queries. */
  readonly kvHeads: number;
  readonly headWidth: number;
  readonly vocabulary: number;
  /** The number of tokens that the model was trained to read. Absent if the file does not state it. */
  readonly contextLength: number | undefined;
  readonly epsilon: number;
  /** The factor of the products of queries and keys. */
  readonly scoreScale: number;
  /** The angles, in radians, by which the `headWidth / 2` pairs of elements of a head turn from one position to the next. */
  readonly frequencies: Float32Array;
}

const largestSize = 1 << 24;
const mostLayers = 1024;
export const embeddingName = 'token_embd.weight';
export const ropeFactorsName = 'rope_freqs.weight';

/**
 * Reads and checks the sizes. Throws `format/gguf-unsupported` for other architectures, experts, and unsupported RoPE
 * scaling. Throws `format/gguf-damaged` for sizes that are missing or do not match.
 */
export function readDecoderConfig(file: GgufFile): DecoderConfig {
  const architecture = architectureOf(file);
  const read = new ConfigReader(file, architecture);
  if (read.number('expert_count', 0) > 0) {
    throw unsupportedGguf(
      'This GGUF model is a mixture of experts, which is not supported. Look for an ONNX export of it.',
    );
  }
  const [width, heads] = [read.size('embedding_length'), read.size('attention.head_count')];
  const kvHeads = read.size('attention.head_count_kv', heads);
  const headWidth = read.size('attention.key_length', width / heads);
  const valueWidth = read.size('attention.value_length', headWidth);
  const rotated = read.size('rope.dimension_count', headWidth);
  if (heads % kvHeads !== 0) throw damagedGguf(`${heads} heads do not share ${kvHeads} heads of keys evenly`);
  if (valueWidth !== headWidth || rotated !== headWidth || headWidth % 2 !== 0) {
    throw unsupportedGguf(
      `The heads of this GGUF model have ${headWidth} elements for keys, ${valueWidth} for values and ${rotated} that rotate. Only equal, even sizes are supported.`,
    );
  }
  return {
    architecture,
    layers: read.size('block_count', undefined, mostLayers),
    width,
    hidden: read.size('feed_forward_length'),
    heads,
    kvHeads,
    headWidth,
    vocabulary: file.tensors.get(embeddingName)?.dims[0] ?? 0,
    contextLength: read.has('context_length') ? read.size('context_length') : undefined,
    epsilon: read.number('attention.layer_norm_rms_epsilon'),
    scoreScale: read.number('attention.scale', 1 / Math.sqrt(headWidth)),
    frequencies: frequenciesOf(file, read, headWidth),
  };
}

function architectureOf({ metadata }: GgufFile): DecoderConfig['architecture'] {
  const stated = metadata.get('general.architecture');
  const known = architectures.find((architecture) => architecture === stated);
  if (known !== undefined) return known;
  throw unsupportedGguf(
    `This GGUF model has the architecture ${formatQuoted(String(stated ?? 'none'))}. Supported are ${formatList(architectures)}. Look for an ONNX export of the model.`,
  );
}

class ConfigReader {
  readonly #metadata: GgufFile['metadata'];
  readonly #architecture: string;

  constructor({ metadata }: GgufFile, architecture: string) {
    this.#metadata = metadata;
    this.#architecture = architecture;
  }

  has(key: string): boolean {
    return this.#metadata.has(this.#nameOf(key));
  }

  text(key: string): string | undefined {
    const value = this.#metadata.get(this.#nameOf(key));
    return typeof value === 'string' ? value : undefined;
  }

  number(key: string, otherwise?: number): number {
    const value = this.#metadata.get(this.#nameOf(key)) ?? otherwise;
    if (typeof value === 'object') {
      throw unsupportedGguf(
        `Layers of this GGUF model have different sizes (${this.#nameOf(key)}), which is not supported.`,
      );
    }
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    throw damagedGguf(`its metadata has no number ${formatQuoted(this.#nameOf(key))}`);
  }

  size(key: string, otherwise?: number, most = largestSize): number {
    const value = this.number(key, otherwise);
    if (Number.isInteger(value) && value >= 1 && value <= most) return value;
    throw damagedGguf(`${formatQuoted(this.#nameOf(key))} is ${value}`);
  }

  #nameOf(key: string): string {
    return `${this.#architecture}.${key}`;
  }
}

/**
 * Returns the RoPE frequencies base^(−2i/width) with the scaling of the file (Su et al., RoFormer, and `rope_freqs` of Llama 3.1). A factor
 * without a kind scales linearly, and 0 does not scale, as in `load_hparams` of llama.cpp. `rope.scale_linear` is the former key.
 */
function frequenciesOf(file: GgufFile, read: ConfigReader, headWidth: number): Float32Array {
  const kind = read.text('rope.scaling.type') ?? 'linear';
  if (kind !== 'none' && kind !== 'linear') {
    throw unsupportedGguf(
      `This GGUF model uses RoPE scaling ${formatQuoted(kind)}, which is not supported. Look for an ONNX export of it.`,
    );
  }
  const factor = read.number('rope.scaling.factor', read.number('rope.scale_linear', 0));
  const scaling = kind === 'linear' && factor !== 0 ? factor : 1;
  const base = read.number('rope.freq_base', 10_000);
  if (base <= 0) throw damagedGguf(`its RoPE base is ${base}`);
  const factors = file.tensors.get(ropeFactorsName);
  const divisors = factors === undefined ? undefined : asFloat32(storedOrder(factors).read());
  if (divisors !== undefined && divisors.length !== headWidth / 2) {
    throw damagedGguf(`the tensor "${ropeFactorsName}" has ${divisors.length} elements`);
  }
  return Float32Array.from(
    { length: headWidth / 2 },
    (_, pair) => base ** ((-2 * pair) / headWidth) / scaling / (divisors?.[pair] ?? 1),
  );
}
