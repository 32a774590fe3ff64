/** Attention, as ONNX and as ONNX Runtime's fused operators define it. */
import { addSizes, floorDivideSizes, isSameSize, multiplySizes, productOfSizes, type Size } from '../size';
import { coupleGroupQueryAttention, coupleMultiHeadAttention, couplePackedAttention } from './coupling/attention';
import { typeOfInput } from './element-type-rules';
import { likeFirst } from './elementwise';
import type { MacsRule, NodeFacts, ShapeRule, SymbolicShape } from './operator';
import type { OperatorFamily } from './operator-record';

/** Queries × keys and weights × values: two products of [sequence, total] with the width of all heads. */
function attentionMacs(batch: Size, sequence: Size, total: Size, queryWidth: Size, valueWidth: Size): Size {
  return productOfSizes([batch, sequence, total, addSizes(queryWidth, valueWidth)]);
}

/** com.microsoft: input [batch, sequence, width], weight [width, 3 × hidden] for queries, keys and values together. */
function packed(facts: NodeFacts, weightInput: number) {
  const [batch = null, sequence = null, width = null] = facts.shape(0) ?? [];
  const sizes = facts.ints('qkv_hidden_sizes');
  const all = facts.shape(weightInput)?.[1] ?? null;
  const hidden = sizes?.[2] ?? floorDivideSizes(all, 3);
  return { batch, sequence, width, all, hidden, query: sizes?.[0] ?? hidden };
}

const packedAttention =
  (weightInput: number, pastInput: number): ShapeRule =>
  (facts) => {
    if (facts.shape(0) === undefined) return [];
    const { batch, sequence, hidden, query } = packed(facts, weightInput);
    const heads = facts.int('num_heads');
    // Keys and values in one tensor have heads of one width.
    const width = heads && isSameSize(query, hidden) ? floorDivideSizes(hidden, heads) : null;
    const past = facts.has(pastInput) ? (facts.shape(pastInput)?.[3] ?? null) : 0;
    const isShared = facts.int('past_present_share_buffer') === 1;
    const total = isShared ? past : addSizes(past, sequence);
    return [
      [batch, sequence, hidden],
      [2, batch, heads ?? null, total, width],
    ];
  };

const packedMacs =
  (weightInput: number): MacsRule =>
  (facts) => {
    const { batch, sequence, width, all, hidden, query } = packed(facts, weightInput);
    const projection = productOfSizes([batch, sequence, width, all]);
    return addSizes(projection, attentionMacs(batch, sequence, sequence, query, hidden));
  };

/** com.microsoft.MultiHeadAttention: queries [batch, sequence, hidden]; values bring the width of the output. */
const multiHead: ShapeRule = (facts) => {
  const query = facts.shape(0);
  // Queries, keys and values of all heads together: [batch, sequence, heads, 3, width].
  if (query?.length === 5) return [[query[0]!, query[1]!, multiplySizes(query[2]!, query[4]!)]];
  if (query?.length !== 3) return [];
  const value = facts.shape(2);
  // Values of another layer are already split into heads: [batch, heads, sequence, width].
  const split = value?.length === 4 ? multiplySizes(value[1]!, value[3]!) : null;
  const width = value?.length === 3 ? value[2]! : facts.has(2) ? split : query[2]!;
  return [[query[0]!, query[1]!, width]];
};

const multiHeadMacs: MacsRule = (facts, [output]) => {
  const [query, key] = [facts.shape(0), facts.shape(1)];
  if (query?.length !== 3 || key?.length !== 3 || output === undefined) return null;
  return attentionMacs(query[0]!, query[1]!, key[1]!, query[2]!, output[2] ?? null);
};

/** Keys and values are in fewer heads: with packed queries the width of the output is that of the query heads. */
const groupQuery: ShapeRule = (facts) => {
  const query = facts.shape(0);
  if (query?.length !== 3) return [];
  const width = facts.has(1) ? query[2]! : queryShare(facts, query[2]!);
  const heads = facts.int('num_heads');
  // The length of the buffer of keys and values depends on whether it is shared with the past.
  const present = [query[0]!, facts.int('kv_num_heads') ?? null, null, heads ? floorDivideSizes(width, heads) : null];
  return [[query[0]!, query[1]!, width], present, present];
};

/** Tokens of all sequences one after the other: [tokens, width]. */
const packedTokens: ShapeRule = (facts) => {
  const [tokens = null] = facts.shape(0) ?? [];
  const sizes = facts.ints('qkv_hidden_sizes');
  return [[tokens, sizes?.[2] ?? floorDivideSizes(facts.shape(1)?.[1] ?? null, 3)]];
};

function queryShare(facts: NodeFacts, packedWidth: Size): Size {
  const [heads, keyHeads] = [facts.int('num_heads'), facts.int('kv_num_heads')];
  if (heads === undefined || keyHeads === undefined) return null;
  return multiplySizes(floorDivideSizes(packedWidth, heads + 2 * keyHeads), heads);
}

/** ONNX Attention (opset 23): [batch, heads, sequence, width] or [batch, sequence, heads × width]. */
const attention: ShapeRule = (facts) => {
  const [query, key, value] = [facts.shape(0), facts.shape(1), facts.shape(2)];
  if (query === undefined || value === undefined) return [];
  const output = query.length === 4 ? [...query.slice(0, 3), value[3] ?? null] : foldedOutput(facts, query, value);
  const presentKey = presentShape(facts, 4, key, 'kv_num_heads');
  return [output, presentKey, presentShape(facts, 5, value, 'kv_num_heads'), scoreShape(facts, query, presentKey)];
};

/** Queries against all keys, past ones too: [batch, heads, sequence, total]. */
function scoreShape(
  facts: NodeFacts,
  query: SymbolicShape,
  presentKey: SymbolicShape | undefined,
): SymbolicShape | undefined {
  if (presentKey?.length !== 4) return undefined;
  const [heads, sequence] = query.length === 4 ? [query[1]!, query[2]!] : [facts.int('q_num_heads') ?? null, query[1]!];
  return [query[0]!, heads, sequence, presentKey[2]!];
}

function foldedOutput(facts: NodeFacts, query: SymbolicShape, value: SymbolicShape): SymbolicShape {
  const [heads, valueHeads] = [facts.int('q_num_heads'), facts.int('kv_num_heads')];
  const width = heads && valueHeads ? multiplySizes(floorDivideSizes(value[2] ?? null, valueHeads), heads) : null;
  return [query[0]!, query[1]!, width];
}

/** Past and current along the sequence, split into heads: [batch, heads, sequence, width]. */
function presentShape(
  facts: NodeFacts,
  past: number,
  current: SymbolicShape | undefined,
  headsAttribute: string,
): SymbolicShape | undefined {
  const own = splitHeads(current, facts.int(headsAttribute));
  if (own === undefined || !facts.has(past)) return own;
  const before = facts.shape(past);
  return own.with(2, addSizes(before?.[2] ?? null, own[2]!));
}

/** [batch, heads, sequence, width], as it comes or as [batch, sequence, heads × width]. */
function splitHeads(shape: SymbolicShape | undefined, heads: number | undefined): SymbolicShape | undefined {
  if (shape?.length === 4) return shape;
  if (shape?.length !== 3 || !heads) return undefined;
  const [batch, sequence, width] = shape;
  return [batch!, heads, sequence!, floorDivideSizes(width!, heads)];
}

const fullAttentionMacs: MacsRule = (facts) => {
  const query = splitHeads(facts.shape(0), facts.int('q_num_heads'));
  const value = splitHeads(facts.shape(2), facts.int('kv_num_heads'));
  const key = presentShape(facts, 4, facts.shape(1), 'kv_num_heads');
  if (query === undefined || key === undefined || value === undefined) return null;
  return productOfSizes([query[0]!, query[1]!, query[2]!, key[2]!, addSizes(query[3]!, value[3]!)]);
};

export const attentionLayers: OperatorFamily = {
  Attention: { shapes: attention, elementTypes: typeOfInput(0), macs: fullAttentionMacs },
  RotaryEmbedding: likeFirst,
};

/** The first output has the shape of the input. */
const firstLikeInput: ShapeRule = (facts) => [facts.shape(0)];

export const microsoftAttention: OperatorFamily = {
  Attention: {
    shapes: packedAttention(1, 4),
    elementTypes: typeOfInput(0),
    weights: [{ input: 1 }],
    macs: packedMacs(1),
    coupling: couplePackedAttention,
  },
  QAttention: {
    shapes: packedAttention(1, 8),
    // The output has the type of the scales.
    elementTypes: typeOfInput(3),
    weights: [{ input: 1, scaleInput: 4, zeroPointInput: 7 }],
    macs: packedMacs(1),
  },
  MultiHeadAttention: {
    shapes: multiHead,
    elementTypes: typeOfInput(0),
    macs: multiHeadMacs,
    coupling: coupleMultiHeadAttention,
  },
  GroupQueryAttention: { shapes: groupQuery, elementTypes: typeOfInput(0), coupling: coupleGroupQueryAttention },
  SparseAttention: { shapes: groupQuery, elementTypes: typeOfInput(0) },
  DecoderMaskedMultiHeadAttention: { shapes: multiHead, elementTypes: typeOfInput(0) },
  PackedAttention: { shapes: packedTokens, elementTypes: typeOfInput(0), weights: [{ input: 1 }] },
  LongformerAttention: {
    shapes: firstLikeInput,
    elementTypes: typeOfInput(0),
    weights: [{ input: 1 }, { input: 4 }],
  },
  DecoderAttention: {
    shapes: firstLikeInput,
    elementTypes: typeOfInput(0),
    weights: [{ input: 2 }, { input: 3 }],
  },
  RotaryEmbedding: likeFirst,
  MoE: {
    shapes: firstLikeInput,
    elementTypes: typeOfInput(0),
    weights: [{ input: 2 }, { input: 4 }, { input: 6 }],
  },
  QMoE: { shapes: firstLikeInput, elementTypes: typeOfInput(0) },
};
