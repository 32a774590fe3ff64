/** A small causal decoder with a cache, as optimum exports one: one layer of attention and a tied embedding. */
import { createSeededRandom } from '../../seeded-random';
import { DataType } from '../data-type';
import type { Model, Node, Tensor } from '../graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from './build';
import { createTensor, readFloat32 } from '../tensor';
import { productOf } from '../../product-of';

export interface DecoderOptions {
  readonly vocabulary?: number;
  readonly width?: number;
  /** Changes the weights of the attention. */
  readonly seed?: number;
  /** The source of the weight of the logits: the table of the embedding through a Transpose, or a weight of its own. */
  readonly head?: 'tied' | 'own';
}

/** Positions that the model has. */
export const decoderPositions = 64;

/**
 * input_ids, position_ids [batch, tokens], attention_mask [batch, past + tokens] and past_key_values.0.{key,value} [batch, 1, past, width] →
 * logits [batch, tokens, vocabulary] and present.0.{key,value} [batch, 1, past + tokens, width].
 */
export function decoder({ vocabulary = 64, width = 32, seed = 0, head = 'tied' }: DecoderOptions = {}): Model {
  const weights = (name: string, dims: readonly number[], own: number): Tensor => {
    const random = createSeededRandom(own);
    const count = productOf(dims);
    const scale = Math.sqrt(3 / width);
    return floatTensor(
      name,
      dims,
      Float32Array.from({ length: count }, () => (2 * random.next() - 1) * scale),
    );
  };
  const embedding = weights('embedding', [vocabulary, width], 1);
  const projections = ['query', 'key', 'value', 'out'].map((name, index) =>
    weights(`${name}.weight`, [width, width], 10 + index + 100 * seed),
  );
  const cache = (name: string, symbol: string) => valueInfo(name, ['batch_size', 1, symbol, width]);
  const total = 'past_sequence_length + sequence_length';
  return model(
    graph({
      nodes: [...attentionNodes(width), ...headNodes(head)],
      initializers: [
        embedding,
        weights('positions', [decoderPositions, width], 2),
        ...projections,
        ...(head === 'own' ? [{ ...transposed(embedding, vocabulary, width), name: 'head.weight' }] : []),
        int64Tensor('axis1', [1], [1]),
        int64Tensor('axes12', [2], [1, 2]),
        int64Tensor('axes13', [2], [1, 3]),
        int64Tensor('zero', [], [0]),
        int64Tensor('one', [], [1]),
        floatTensor('hidden', [], [-1e9]),
        floatTensor('scale', [], [1 / Math.sqrt(width)]),
      ],
      inputs: [
        valueInfo('input_ids', ['batch_size', 'sequence_length'], DataType.int64),
        valueInfo('attention_mask', ['batch_size', total], DataType.int64),
        valueInfo('position_ids', ['batch_size', 'sequence_length'], DataType.int64),
        cache('past_key_values.0.key', 'past_sequence_length'),
        cache('past_key_values.0.value', 'past_sequence_length'),
      ],
      outputs: [
        valueInfo('logits', ['batch_size', 'sequence_length', vocabulary]),
        cache('present.0.key', total),
        cache('present.0.value', total),
      ],
    }),
  );
}

function attentionNodes(width: number): readonly Node[] {
  const grown = (name: string): readonly Node[] => [
    node('MatMul', ['x', `${name}.weight`], [`${name}_rows`]),
    node('Unsqueeze', [`${name}_rows`, 'axis1'], [`${name}_new`]),
    node('Concat', [`past_key_values.0.${name}`, `${name}_new`], [`present.0.${name}`], { axis: 2n }),
  ];
  return [
    node('Gather', ['embedding', 'input_ids'], ['embedded'], {}, { name: 'embed' }),
    node('Gather', ['positions', 'position_ids'], ['placed']),
    node('Add', ['embedded', 'placed'], ['x']),
    node('MatMul', ['x', 'query.weight'], ['query_rows']),
    node('Unsqueeze', ['query_rows', 'axis1'], ['query_new']),
    ...grown('key'),
    ...grown('value'),
    node('Transpose', ['present.0.key'], ['key_columns'], { perm: [0n, 1n, 3n, 2n] }),
    node('MatMul', ['query_new', 'key_columns'], ['products']),
    node('Mul', ['products', 'scale'], ['scores']),
    // A token sees those up to its own position that the mask keeps.
    node('Shape', ['attention_mask'], ['mask_shape']),
    node('Gather', ['mask_shape', 'one'], ['total']),
    node('Range', ['zero', 'total', 'one'], ['places']),
    node('Unsqueeze', ['position_ids', 'axes13'], ['own_places']),
    node('LessOrEqual', ['places', 'own_places'], ['earlier']),
    node('Cast', ['attention_mask'], ['kept'], { to: 9n }),
    node('Unsqueeze', ['kept', 'axes12'], ['kept_places']),
    node('And', ['earlier', 'kept_places'], ['seen']),
    node('Where', ['seen', 'scores', 'hidden'], ['masked']),
    node('Softmax', ['masked'], ['weights'], { axis: -1n }),
    node('MatMul', ['weights', 'present.0.value'], ['context']),
    node('Squeeze', ['context', 'axis1'], ['context_rows']),
    node('MatMul', ['context_rows', 'out.weight'], ['attended']),
    node('Add', ['x', 'attended'], ['y']),
  ].map((each, index) => ({ ...each, name: each.name ?? `node_${index}_${width}` }));
}

function headNodes(head: DecoderOptions['head']): readonly Node[] {
  if (head === 'own') return [node('MatMul', ['y', 'head.weight'], ['logits'], {}, { name: 'head' })];
  return [
    node('Transpose', ['embedding'], ['head_weight'], { perm: [1n, 0n] }, { name: 'turn' }),
    node('MatMul', ['y', 'head_weight'], ['logits'], {}, { name: 'head' }),
  ];
}

function transposed(tensor: Tensor, rows: number, columns: number): Tensor {
  const values = new Float32Array(rows * columns);
  const source = readFloat32(tensor);
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) values[column * rows + row] = source[row * columns + column]!;
  }
  return createTensor({ name: tensor.name ?? '', dataType: DataType.float32, dims: [columns, rows], bytes: values });
}
