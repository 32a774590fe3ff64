/** A small encoder and its decoder, as optimum exports them: cross attention, and the sum of all tokens so far. */
import { createSeededRandom } from '../../seeded-random';
import { DataType } from '../data-type';
import type { Model, Node, Tensor } from '../graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from './build';
import { productOf } from '../../product-of';

export interface EncoderDecoderOptions {
  readonly vocabulary?: number;
  readonly width?: number;
}

const usual = { vocabulary: 32, width: 64 };

function weights(name: string, dims: readonly number[], seed: number): Tensor {
  const random = createSeededRandom(seed);
  const count = productOf(dims);
  return floatTensor(
    name,
    dims,
    Float32Array.from({ length: count }, () => 2 * random.next() - 1),
  );
}

/** input_ids, attention_mask [batch, source] → last_hidden_state [batch, source, width] */
export function encoder({ vocabulary, width }: EncoderDecoderOptions = {}): Model {
  const [ids, size] = [vocabulary ?? usual.vocabulary, width ?? usual.width];
  return model(
    graph({
      nodes: [
        node('Gather', ['table', 'input_ids'], ['embedded'], {}, { name: 'embed' }),
        node('Cast', ['attention_mask'], ['kept'], { to: 1n }),
        node('Unsqueeze', ['kept', 'last'], ['kept_rows']),
        node('Mul', ['embedded', 'kept_rows'], ['rows']),
        node('MatMul', ['rows', 'mix'], ['mixed'], {}, { name: 'mix' }),
        node('Tanh', ['mixed'], ['last_hidden_state']),
      ],
      initializers: [weights('table', [ids, size], 1), weights('mix', [size, size], 2), int64Tensor('last', [1], [2])],
      inputs: ['input_ids', 'attention_mask'].map((name) => valueInfo(name, ['batch', 'source'], DataType.int64)),
      outputs: [valueInfo('last_hidden_state', ['batch', 'source', size])],
    }),
  );
}

/** How a decoder keeps its earlier tokens: not at all, in a cache, or in a cache that one branch of an If reads. */
export type DecoderForm = 'plain' | 'cached' | 'merged';

/**
 * input_ids [batch, target], encoder_hidden_states, encoder_attention_mask → logits [batch, target, vocabulary].
 * With a cache also past_key_values.0.decoder.key [batch, 1, past, width] → present.0.decoder.key; merged also use_cache_branch. A run that reads the
 * cache has one token. All forms compute the same.
 */
export function encoderDecoder(form: DecoderForm = 'plain', { vocabulary, width }: EncoderDecoderOptions = {}): Model {
  const [ids, size] = [vocabulary ?? usual.vocabulary, width ?? usual.width];
  const past = (name: string, length: string) => valueInfo(name, ['batch', 1, length, size]);
  const outputs = [
    valueInfo('logits', ['batch', 'target', ids]),
    ...(form === 'plain' ? [] : [past('present.0.decoder.key', 'past_sequence_length + 1')]),
  ];
  const branch = (name: string, nodes: readonly Node[]) => graph({ name, nodes, outputs });
  const branches = {
    then_branch: branch('later', nodesOf(cachedSum)),
    else_branch: branch('first', nodesOf(firstSum)),
  };
  return model(
    graph({
      nodes: {
        plain: nodesOf([node('CumSum', ['embedded', 'one'], ['query'])]),
        cached: nodesOf(cachedSum),
        merged: [node('If', ['use_cache_branch'], ['logits', 'present.0.decoder.key'], branches)],
      }[form],
      initializers: [
        weights('table', [ids, size], 3),
        weights('head', [size, ids], 4),
        int64Tensor('one', [], [1]),
        int64Tensor('axis1', [1], [1]),
        int64Tensor('axis2', [1], [2]),
        floatTensor('hidden', [], [-1e9]),
      ],
      inputs: [
        valueInfo('input_ids', ['batch', 'target'], DataType.int64),
        valueInfo('encoder_hidden_states', ['batch', 'source', size]),
        valueInfo('encoder_attention_mask', ['batch', 'source'], DataType.int64),
        ...(form === 'plain' ? [] : [past('past_key_values.0.decoder.key', 'past_sequence_length')]),
        ...(form === 'merged' ? [valueInfo('use_cache_branch', [1], DataType.bool)] : []),
      ],
      outputs,
    }),
  );
}

/** @param summing nodes that make `query`, the sum of the tokens so far, from `embedded` */
function nodesOf(summing: readonly Node[]): readonly Node[] {
  return [
    node('Gather', ['table', 'input_ids'], ['embedded'], {}, { name: 'embed' }),
    ...summing,
    node('Transpose', ['encoder_hidden_states'], ['keys'], { perm: [0n, 2n, 1n] }),
    node('MatMul', ['query', 'keys'], ['products']),
    node('Cast', ['encoder_attention_mask'], ['kept'], { to: 9n }),
    node('Unsqueeze', ['kept', 'axis1'], ['kept_rows']),
    node('Where', ['kept_rows', 'products', 'hidden'], ['scores']),
    node('Softmax', ['scores'], ['shares'], { axis: -1n }),
    node('MatMul', ['shares', 'encoder_hidden_states'], ['context']),
    node('Add', ['context', 'query'], ['sum']),
    node('MatMul', ['sum', 'head'], ['logits'], {}, { name: 'head' }),
  ];
}

const cachedSum: readonly Node[] = [
  node('Unsqueeze', ['embedded', 'axis1'], ['new_key']),
  node('Concat', ['past_key_values.0.decoder.key', 'new_key'], ['present.0.decoder.key'], { axis: 2n }),
  node('ReduceSum', ['present.0.decoder.key', 'axis2'], ['query'], { keepdims: 0n }),
];

const firstSum: readonly Node[] = [
  node('CumSum', ['embedded', 'one'], ['query']),
  node('Unsqueeze', ['embedded', 'axis1'], ['present.0.decoder.key']),
];
