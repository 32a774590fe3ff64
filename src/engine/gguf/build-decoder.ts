/**
 * A decoder of a GGUF file as an ONNX model: RMS normalization, rotary positions, grouped-query attention with a cache, SwiGLU. Operators
 * are those of opset 17 alone, and names are those of Hugging Face. Sources: `llm_build_llama` and `llm_build_qwen2` of llama.cpp, and
 * `LlamaModel` of gguf-py's convert_hf_to_gguf.py for the order of rows.
 */
import { formatFirst, formatQuoted } from '../format';
import { DataType } from '../onnx/data-type';
import { intAttribute } from '../onnx/attributes';
import { contextLengthEntry } from '../onnx/context-length';
import type { Dimension, Model, ValueInfo, ValueName } from '../onnx/graph';
import { MICROSOFT_DOMAIN } from '../onnx/traverse';
import { embeddingName, readDecoderConfig, ropeFactorsName, type DecoderConfig } from './decoder-config';
import { blockMatrix, DecoderParts, type Matrix, type MatrixDims, type Rotation } from './decoder-parts';
import { damagedGguf, unsupportedGguf } from './header-cursor';
import type { GgufFile, GgufTensor } from './read-gguf';
import { storedBlocks } from './stored-blocks';
import { type RowOf, storedOrder, TransposedWeights } from './weight-sources';

const opset = 17n;
const irVersion = 8n;
/** Added to the scores of masked tokens. */
const maskedScore = -1e9;

const [batch, sequence, past, total] = [
  'batch_size',
  'sequence_length',
  'past_sequence_length',
  'past_sequence_length + sequence_length',
] as const;

/**
 * input_ids, position_ids int64 [batch, tokens], attention_mask int64 [batch, past + tokens] and past_key_values.N.{key,value} float32
 * [batch, kvHeads, past, headWidth] → logits float32 [batch, tokens, vocabulary] and present.N.{key,value}. Weights are float32 and
 * dequantized when they are read, so the file must stay readable.
 *
 * @param keepsBlocks matrices of Q8_0, Q4_0 and Q4_1 keep their codes and scales, as MatMulNBits and GatherBlockQuantized.
 *
 * Throws as `readDecoderConfig` does, `format/gguf-damaged` for weights that are missing or have another shape, and `format/gguf-unsupported` for
 * weights without a known place.
 */
export function buildDecoder(file: GgufFile, keepsBlocks = false): Model {
  const decoder = new Decoder(file, readDecoderConfig(file), keepsBlocks);
  return decoder.build();
}

class Decoder {
  readonly #weights: DecoderWeights;
  readonly #config: DecoderConfig;
  readonly #parts = new DecoderParts();

  constructor(file: GgufFile, config: DecoderConfig, keepsBlocks: boolean) {
    this.#config = config;
    this.#weights = new DecoderWeights(file, this.#parts, keepsBlocks);
  }

  build(): Model {
    const { layers, vocabulary, width, epsilon, kvHeads, headWidth, contextLength } = this.#config;
    const parts = this.#parts;
    const table = this.#weights.table(embeddingName, 'model.embed_tokens', [vocabulary, width]);
    let state = table.rowsOf('/model/embed_tokens', 'input_ids');
    const rotation = this.#rotation();
    const mask = this.#mask();
    for (let layer = 0; layer < layers; layer++) state = this.#layer(layer, state, rotation, mask);
    const scale = this.#weights.stored('output_norm.weight', 'model.norm.weight', [width]);
    const normalized = parts.rmsNorm('/model/norm', state, scale, epsilon);
    if (!this.#weights.has('output.weight')) table.product('/lm_head', normalized, 'logits');
    else {
      const head = this.#weights.matrix('output.weight', 'lm_head', [vocabulary, width]);
      head.product('/lm_head', normalized, 'logits');
    }
    this.#weights.refuseUnused();
    const each = <Value>(make: (layer: number, kind: string) => Value): Value[] =>
      Array.from({ length: layers }, (_, layer) => ['key', 'value'].map((kind) => make(layer, kind))).flat();
    const cache = (name: string, length: string) => valueInfo(name, [batch, kvHeads, length, headWidth]);
    const metadata = contextLength === undefined ? [] : [contextLengthEntry(contextLength)];
    return modelOf(parts, metadata, {
      inputs: [
        valueInfo('input_ids', [batch, sequence], DataType.int64),
        valueInfo('attention_mask', [batch, total], DataType.int64),
        valueInfo('position_ids', [batch, sequence], DataType.int64),
        ...each((layer, kind) => cache(`past_key_values.${layer}.${kind}`, past)),
      ],
      outputs: [
        valueInfo('logits', [batch, sequence, vocabulary]),
        ...each((layer, kind) => cache(`present.${layer}.${kind}`, total)),
      ],
    });
  }

  /** Cosines and sines of the angles of all positions of the run. */
  #rotation(): Rotation {
    const { frequencies } = this.#config;
    const parts = this.#parts;
    const name = '/model/rotary_emb';
    const half = frequencies.length;
    const positions = parts.add('Cast', `${name}/Cast`, ['position_ids'], [intAttribute('to', DataType.float32)]);
    const column = parts.add('Unsqueeze', `${name}/Unsqueeze`, [positions, parts.ints(1, 3)]);
    const angles = parts.add('Mul', `${name}/Mul`, [column, parts.floats(frequencies, [half])]);
    return { cos: parts.add('Cos', `${name}/Cos`, [angles]), sin: parts.add('Sin', `${name}/Sin`, [angles]), half };
  }

  /**
   * The summand of the scores, [batch, 1, 1, tokens, past + tokens]. It is 0 if the mask keeps the token and the token is not later than
   * the one that attends to it.
   */
  #mask(): ValueName {
    const parts = this.#parts;
    const name = '/model/mask';
    const length = (label: string, input: ValueName): ValueName => {
      const shape = parts.add('Shape', `${name}/${label}/Shape`, [input]);
      return parts.add('Gather', `${name}/${label}/Gather`, [shape, parts.int(1)]);
    };
    const [all, own] = [length('total', 'attention_mask'), length('own', 'input_ids')];
    const before = parts.add('Sub', `${name}/Sub`, [all, own]);
    const [zero, one] = [parts.int(0), parts.int(1)];
    const places = parts.add('Range', `${name}/places/Range`, [zero, all, one]);
    const rows = parts.add('Range', `${name}/rows/Range`, [before, all, one]);
    const column = parts.add('Unsqueeze', `${name}/rows/Unsqueeze`, [rows, parts.ints(1)]);
    const isEarlier = parts.add('LessOrEqual', `${name}/LessOrEqual`, [places, column]);
    const kept = parts.add('Cast', `${name}/Cast`, ['attention_mask'], [intAttribute('to', DataType.bool)]);
    const keptPlaces = parts.add('Unsqueeze', `${name}/Unsqueeze`, [kept, parts.ints(1, 2, 3)]);
    const isSeen = parts.add('And', `${name}/And`, [isEarlier, keptPlaces]);
    return parts.add('Where', `${name}/Where`, [isSeen, parts.floats([0]), parts.floats([maskedScore])]);
  }

  #layer(layer: number, state: ValueName, rotation: Rotation, mask: ValueName): ValueName {
    const { width, epsilon } = this.#config;
    const parts = this.#parts;
    const [stored, named, path] = [`blk.${layer}`, `model.layers.${layer}`, `/model/layers.${layer}`];
    const normalized = (input: ValueName, from: string, name: string): ValueName => {
      const scale = this.#weights.stored(`${stored}.${from}.weight`, `${named}.${name}.weight`, [width]);
      return parts.rmsNorm(`${path}/${name}`, input, scale, epsilon);
    };
    const attended = this.#attention(layer, normalized(state, 'attn_norm', 'input_layernorm'), rotation, mask);
    const between = parts.add('Add', `${path}/Add`, [state, attended]);
    const changed = this.#feedForward(layer, normalized(between, 'ffn_norm', 'post_attention_layernorm'));
    return parts.add('Add', `${path}/Add_1`, [between, changed]);
  }

  /** [batch, tokens, width] → the same. Heads that share keys are one axis more, so that no key is copied. */
  #attention(layer: number, input: ValueName, rotation: Rotation, mask: ValueName): ValueName {
    const { heads, kvHeads, headWidth, width, scoreScale } = this.#config;
    const parts = this.#parts;
    const path = `/model/layers.${layer}/self_attn`;
    const split = (kind: string, count: number, rows?: 'paired'): ValueName => {
      const product = this.#linear(
        layer,
        `attn_${kind}`,
        `self_attn.${kind}_proj`,
        input,
        [count * headWidth, width],
        rows,
      );
      const divided = parts.reshape(`${path}/${kind}/Reshape`, product, 0, 0, count, headWidth);
      return parts.transpose(`${path}/${kind}/Transpose`, divided, 0, 2, 1, 3);
    };
    const query = parts.rotate(`${path}/q/rotary`, split('q', heads, 'paired'), rotation);
    const scaled = parts.add('Mul', `${path}/q/Mul`, [query, parts.floats([scoreScale])]);
    const grouped = parts.reshape(`${path}/q/groups`, scaled, 0, kvHeads, heads / kvHeads, -1, headWidth);
    const [key, value] = [
      this.#grown(layer, 'key', parts.rotate(`${path}/k/rotary`, split('k', kvHeads, 'paired'), rotation)),
      this.#grown(layer, 'value', split('v', kvHeads)),
    ];
    const columns = parts.transpose(`${path}/k/columns`, key, 0, 1, 2, 4, 3);
    const scores = parts.add('MatMul', `${path}/MatMul`, [grouped, columns]);
    const masked = parts.add('Add', `${path}/Add`, [scores, mask]);
    const shares = parts.add('Softmax', `${path}/Softmax`, [masked], [intAttribute('axis', -1)]);
    const context = parts.add('MatMul', `${path}/MatMul_1`, [shares, value]);
    const ungrouped = parts.reshape(`${path}/heads`, context, 0, heads, -1, headWidth);
    const rows = parts.reshape(
      `${path}/Reshape`,
      parts.transpose(`${path}/Transpose`, ungrouped, 0, 2, 1, 3),
      0,
      0,
      heads * headWidth,
    );
    return this.#linear(layer, 'attn_output', 'self_attn.o_proj', rows, [width, heads * headWidth]);
  }

  /** The cache with the new tokens behind it, as [batch, kvHeads, 1, past + tokens, headWidth]. */
  #grown(layer: number, kind: string, fresh: ValueName): ValueName {
    const parts = this.#parts;
    const path = `/model/layers.${layer}/self_attn/${kind}`;
    const inputs = [`past_key_values.${layer}.${kind}`, fresh];
    const present = parts.add(
      'Concat',
      `${path}/Concat`,
      inputs,
      [intAttribute('axis', 2)],
      `present.${layer}.${kind}`,
    );
    return parts.add('Unsqueeze', `${path}/Unsqueeze`, [present, parts.ints(2)]);
  }

  /** down(silu(gate(x)) · up(x)) (Shazeer, GLU variants improve transformer). */
  #feedForward(layer: number, input: ValueName): ValueName {
    const { width, hidden: between } = this.#config;
    const parts = this.#parts;
    const path = `/model/layers.${layer}/mlp`;
    const gate = this.#linear(layer, 'ffn_gate', 'mlp.gate_proj', input, [between, width]);
    const up = this.#linear(layer, 'ffn_up', 'mlp.up_proj', input, [between, width]);
    const opened = parts.add('Mul', `${path}/act/Mul`, [gate, parts.add('Sigmoid', `${path}/act/Sigmoid`, [gate])]);
    const product = parts.add('Mul', `${path}/Mul`, [opened, up]);
    return this.#linear(layer, 'ffn_down', 'mlp.down_proj', product, [width, between]);
  }

  /**
   * A product with a weight [outputs, inputs] of the file, and the bias if there is one. `paired`: Llama files store the two elements that
   * rotate together side by side, and the model has them half a head apart.
   */
  #linear(
    layer: number,
    from: string,
    name: string,
    input: ValueName,
    dims: readonly [outputs: number, inputs: number],
    rows?: 'paired',
  ): ValueName {
    const parts = this.#parts;
    const [stored, named] = [`blk.${layer}.${from}`, `model.layers.${layer}.${name}`];
    const path = `/${named.replaceAll(/\.(?=[a-z])/g, '/')}`;
    const { architecture, headWidth } = this.#config;
    const rowOf = rows === 'paired' && architecture === 'llama' ? pairedRows(headWidth) : undefined;
    const product = this.#weights.matrix(`${stored}.weight`, named, dims, rowOf).product(path, input);
    if (!this.#weights.has(`${stored}.bias`)) return product;
    const bias = this.#weights.reordered(`${stored}.bias`, `${named}.bias`, [dims[0]], rowOf);
    return parts.add('Add', `${path}/Add`, [product, bias]);
  }
}

/** Element `i + part · width/2` of a head stands at `2 · i + part` in the file. */
function pairedRows(headWidth: number): (column: number) => number {
  const half = headWidth / 2;
  return (column) => {
    const place = column % headWidth;
    return column - place + 2 * (place % half) + Math.floor(place / half);
  };
}

/** Hands out the weights of a file, each once. */
class DecoderWeights {
  readonly #file: GgufFile;
  readonly #parts: DecoderParts;
  readonly #used = new Set<string>([ropeFactorsName]);
  readonly #transposed = new TransposedWeights();
  readonly #keepsBlocks: boolean;

  constructor(file: GgufFile, parts: DecoderParts, keepsBlocks: boolean) {
    this.#file = file;
    this.#parts = parts;
    this.#keepsBlocks = keepsBlocks;
  }

  has(from: string): boolean {
    return this.#file.tensors.has(from);
  }

  /** In the order of the file. */
  stored(from: string, name: ValueName, dims: readonly number[]): ValueName {
    return this.#parts.weight(name, dims, storedOrder(this.#take(from, dims)));
  }

  /** A matrix [outputs, inputs] of the file as [inputs, outputs], or a vector. `rowOf` is the row of the file of each output. */
  reordered(from: string, name: ValueName, dims: readonly number[], rowOf?: RowOf): ValueName {
    return this.#parts.weight(name, dims.toReversed(), this.#transposed.source(this.#take(from, dims), rowOf));
  }

  /** A matrix [outputs, inputs] of the file, to multiply with. */
  matrix(from: string, name: string, dims: MatrixDims, rowOf?: RowOf): Pick<Matrix, 'product'> {
    const blocks = this.#keepsBlocks ? storedBlocks(this.#take(from, dims), rowOf) : undefined;
    if (blocks !== undefined) return blockMatrix(this.#parts, name, dims, blocks);
    const weight = this.reordered(from, `${name}.weight`, dims, rowOf);
    return {
      product: (path, input, output) => this.#parts.add('MatMul', `${path}/MatMul`, [input, weight], [], output),
    };
  }

  /** The table of the embedding, which may also be the weight of the last product. */
  table(from: string, name: string, dims: MatrixDims): Matrix {
    const parts = this.#parts;
    const blocks = this.#keepsBlocks ? storedBlocks(this.#take(from, dims)) : undefined;
    // GatherBlockQuantized has integers as zero points.
    if (blocks !== undefined && blocks.zeroPoints === undefined) return blockMatrix(parts, name, dims, blocks);
    const table = this.stored(from, `${name}.weight`, dims);
    return {
      rowsOf: (path, ids) => parts.add('Gather', `${path}/Gather`, [table, ids]),
      product(path, input, output) {
        const weight = parts.transpose(`${path}/Transpose`, table, 1, 0);
        return parts.add('MatMul', `${path}/MatMul`, [input, weight], [], output);
      },
    };
  }

  #take(from: string, dims: readonly number[]): GgufTensor {
    const tensor = this.#file.tensors.get(from);
    if (tensor === undefined) throw damagedGguf(`it has no tensor ${formatQuoted(from)}`);
    if (tensor.dims.join() !== dims.join()) {
      throw damagedGguf(
        `the tensor ${formatQuoted(from)} has the shape [${tensor.dims.join(', ')}], and its metadata say [${dims.join(', ')}]`,
      );
    }
    this.#used.add(from);
    return tensor;
  }

  /** A weight that no part reads is a sign of a model that works differently. */
  refuseUnused(): void {
    const unused = [...this.#file.tensors.keys()].filter((name) => !this.#used.has(name));
    if (unused.length === 0) return;
    throw unsupportedGguf(
      `This GGUF model has weights of an unknown kind (${formatFirst(unused, 3)}), so it would not compute what it should. Look for an ONNX export of the model.`,
    );
  }
}

function valueInfo(
  name: ValueName,
  shape: readonly (number | string)[],
  elementType: number = DataType.float32,
): ValueInfo {
  const dimensions = shape.map((entry): Dimension =>
    typeof entry === 'number' ? { size: BigInt(entry) } : { symbol: entry },
  );
  return { name, type: { kind: 'tensor', elementType, shape: { dimensions } } };
}

function modelOf(
  { nodes, initializers }: DecoderParts,
  metadata: Model['metadata'],
  { inputs, outputs }: { readonly inputs: readonly ValueInfo[]; readonly outputs: readonly ValueInfo[] },
): Model {
  return {
    irVersion,
    opsetImports: [
      { domain: '', version: opset },
      ...(nodes.some(({ domain }) => domain === MICROSOFT_DOMAIN) ? [{ domain: MICROSOFT_DOMAIN, version: 1n }] : []),
    ],
    producerName: 'Pareto',
    graph: {
      name: 'decoder',
      nodes,
      initializers,
      sparseInitializers: [],
      inputs,
      outputs,
      valueInfos: [],
      quantizationAnnotations: [],
    },
    metadata,
    training: [],
    functions: [],
  };
}
