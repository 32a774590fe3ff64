/** Inferred types and shapes of operators that no corpus has, against a run: those of ONNX Runtime, and of sequences. */
import { describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from './codec/encode';
import { DataType, dataTypeName } from './data-type';
import type { Model, Node, Tensor } from './graph';
import { inferModel } from './infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from './testing/build';
import { createTensor } from './tensor';
import { runModelInNode } from '../../runtime/testing/run-model';
import { productOf } from '../product-of';

const numbers = (count: number) => Array.from({ length: count }, (_, index) => Math.sin(index * 1.3));
const floats = (name: string, ...dims: readonly number[]) => floatTensor(name, dims, numbers(productOf(dims)));
const bytes = (name: string, dims: readonly number[], type: number = DataType.uint8) =>
  createTensor({
    name,
    dataType: type,
    dims,
    bytes: Uint8Array.from({ length: productOf(dims) }, (_, index) => index % 7),
  });
const whole = (name: string, dims: readonly number[], values: readonly number[]) =>
  createTensor({ name, dataType: DataType.int32, dims, bytes: Int32Array.from(values) });

const scale = floatTensor('scale', [], [0.1]);
const zero = bytes('zero', []);

const microsoft = (
  opType: string,
  inputs: readonly string[],
  attributes: Parameters<typeof node>[3] = {},
  outputs: readonly string[] = ['y'],
): Node => node(opType, inputs, outputs, attributes, { domain: 'com.microsoft' });

const classical = (
  opType: string,
  inputs: readonly string[],
  attributes: Parameters<typeof node>[3] = {},
  outputs: readonly string[] = ['y'],
): Node => node(opType, inputs, outputs, attributes, { domain: 'ai.onnx.ml' });

/** One tree of one split, with a leaf on each side that speaks for a class or target. */
const stump = (leaf: 'class' | 'target') => ({
  nodes_treeids: [0n, 0n, 0n],
  nodes_nodeids: [0n, 1n, 2n],
  nodes_featureids: [1n, 0n, 0n],
  nodes_modes: ['BRANCH_LEQ', 'LEAF', 'LEAF'],
  nodes_values: [0.1, 0, 0],
  nodes_truenodeids: [1n, 0n, 0n],
  nodes_falsenodeids: [2n, 0n, 0n],
  [`${leaf}_treeids`]: [0n, 0n],
  [`${leaf}_nodeids`]: [1n, 2n],
  [`${leaf}_ids`]: [0n, 1n],
  [`${leaf}_weights`]: [1, 1],
});
/** A classifier of three classes with a linear kernel and one support vector for each class. */
const vectors = {
  kernel_type: 'LINEAR',
  kernel_params: [0, 0, 3],
  support_vectors: numbers(12),
  vectors_per_class: [1n, 1n, 1n],
  coefficients: numbers(6),
  rho: numbers(3),
  classlabels_ints: [0n, 1n, 2n],
};
const classes = [10n, 20n, 30n];

const attention = [floats('x', 2, 3, 8), floats('w', 8, 24), floats('b', 24), floats('past', 2, 2, 2, 5, 4)];

const cases: readonly (readonly [label: string, entries: Node | readonly Node[], tensors: readonly Tensor[]])[] = [
  [
    'FusedMatMul with both transposed',
    microsoft('FusedMatMul', ['a', 'b'], { transA: 1n, transB: 1n }),
    [floats('a', 2, 3, 4), floats('b', 2, 5, 3)],
  ],
  [
    'FusedMatMul with rows before the batch',
    microsoft('FusedMatMul', ['a', 'b'], { transBatchA: 1n }),
    [floats('a', 3, 2, 4), floats('b', 2, 4, 5)],
  ],
  ['FusedGemm', microsoft('FusedGemm', ['a', 'b'], { activation: 'Relu' }), [floats('a', 2, 3), floats('b', 3, 5)]],
  [
    'FusedConv',
    microsoft('FusedConv', ['x', 'w'], { activation: 'Relu', strides: [2n, 2n] }),
    [floats('x', 1, 2, 7, 6), floats('w', 3, 2, 3, 3)],
  ],
  [
    'MatMulNBits',
    microsoft('MatMulNBits', ['a', 'b', 's'], { K: 32n, N: 6n, bits: 4n, block_size: 32n }),
    [floats('a', 2, 3, 32), bytes('b', [6, 1, 16]), floats('s', 6)],
  ],
  [
    'GatherBlockQuantized of packed bytes',
    microsoft('GatherBlockQuantized', ['d', 'i', 's'], {
      bits: 4n,
      block_size: 16n,
      gather_axis: 0n,
      quantize_axis: 1n,
    }),
    [bytes('d', [5, 8]), int64Tensor('i', [2, 3], [0, 1, 2, 3, 4, 0]), floats('s', 5, 1)],
  ],
  [
    'QGemm',
    microsoft('QGemm', ['a', 'scale', 'zero', 'b', 'scale', 'zero', '', 'scale', 'zero'], { transB: 1n }),
    [bytes('a', [2, 3]), bytes('b', [4, 3]), scale, zero],
  ],
  [
    'QGemm to floats',
    microsoft('QGemm', ['a', 'scale', 'zero', 'b', 'scale', 'zero']),
    [bytes('a', [2, 3]), bytes('b', [3, 4]), scale, zero],
  ],
  [
    'QLinearConcat',
    microsoft('QLinearConcat', ['scale', 'zero', 'a', 'scale', 'zero', 'b', 'scale', 'zero'], { axis: 1n }),
    [bytes('a', [2, 3]), bytes('b', [2, 4]), scale, zero],
  ],
  [
    'QLinearAdd',
    microsoft('QLinearAdd', ['a', 'scale', 'zero', 'b', 'scale', 'zero', 'scale', 'zero']),
    [bytes('a', [2, 3]), bytes('b', [3]), scale, zero],
  ],
  [
    'QLinearWhere',
    microsoft('QLinearWhere', ['c', 'a', 'scale', 'zero', 'b', 'scale', 'zero', 'scale', 'zero']),
    [bytes('c', [2, 1], DataType.bool), bytes('a', [3]), bytes('b', [1, 3]), scale, zero],
  ],
  [
    'QLinearAveragePool, channels last',
    microsoft('QLinearAveragePool', ['a', 'scale', 'zero', 'scale', 'zero'], {
      kernel_shape: [2n, 2n],
      strides: [2n, 2n],
      channels_last: 1n,
    }),
    [bytes('a', [1, 6, 4, 3]), scale, zero],
  ],
  [
    'QLinearAveragePool',
    microsoft('QLinearAveragePool', ['a', 'scale', 'zero', 'scale', 'zero'], { kernel_shape: [2n, 2n] }),
    [bytes('a', [1, 3, 6, 4]), scale, zero],
  ],
  [
    'QLinearGlobalAveragePool, channels last',
    microsoft('QLinearGlobalAveragePool', ['a', 'scale', 'zero', 'scale', 'zero'], { channels_last: 1n }),
    [bytes('a', [1, 6, 4, 3]), scale, zero],
  ],
  [
    'QLinearConv, channels last',
    microsoft('QLinearConv', ['a', 'scale', 'zero', 'w', 'scale', 'zero', 'scale', 'zero'], { channels_last: 1n }),
    [bytes('a', [1, 6, 5, 2]), bytes('w', [3, 2, 2, 2]), scale, zero],
  ],
  [
    'Attention with a past',
    microsoft('Attention', ['x', 'w', 'b', '', 'past'], { num_heads: 2n, unidirectional: 1n }, ['y', 'present']),
    attention,
  ],
  ['Attention', microsoft('Attention', ['x', 'w', 'b'], { num_heads: 2n }, ['y', 'present']), attention],
  [
    'MultiHeadAttention',
    microsoft('MultiHeadAttention', ['q', 'k', 'v'], { num_heads: 2n }),
    [floats('q', 2, 3, 8), floats('k', 2, 5, 8), floats('v', 2, 5, 6)],
  ],
  [
    'MultiHeadAttention of another layer',
    microsoft('MultiHeadAttention', ['q', 'k', 'v'], { num_heads: 2n }),
    [floats('q', 2, 3, 8), floats('k', 2, 2, 5, 4), floats('v', 2, 2, 5, 4)],
  ],
  [
    'GroupQueryAttention',
    microsoft('GroupQueryAttention', ['q', 'k', 'v', '', '', 'lengths', 'total'], { num_heads: 2n, kv_num_heads: 1n }, [
      'y',
      'key',
      'value',
    ]),
    [
      floats('q', 1, 3, 16),
      floats('k', 1, 3, 8),
      floats('v', 1, 3, 8),
      whole('lengths', [1], [2]),
      whole('total', [1], [3]),
    ],
  ],
  [
    'SkipLayerNormalization with the sum',
    microsoft('SkipLayerNormalization', ['x', 's', 'g'], {}, ['y', '', '', 'sum']),
    [floats('x', 2, 3, 8), floats('s', 2, 3, 8), floats('g', 8)],
  ],
  [
    'EmbedLayerNormalization',
    microsoft('EmbedLayerNormalization', ['ids', '', 'words', 'places', '', 'g', 'g'], {}, ['y', 'mask']),
    [whole('ids', [2, 3], [0, 1, 2, 3, 4, 0]), floats('words', 5, 8), floats('places', 4, 8), floats('g', 8)],
  ],
  ['BiasGelu', microsoft('BiasGelu', ['x', 'b']), [floats('x', 2, 8), floats('b', 8)]],
  ['ExpandDims', microsoft('ExpandDims', ['x', 'axis']), [floats('x', 2, 8), whole('axis', [], [-1])]],
  [
    'CropAndResize',
    microsoft('CropAndResize', ['x', 'regions', 'batches', 'size']),
    [floats('x', 1, 3, 8, 8), floats('regions', 2, 4), whole('batches', [2], [0, 0]), whole('size', [2], [4, 5])],
  ],
  [
    'MaxpoolWithMask',
    microsoft('MaxpoolWithMask', ['x', 'm'], { kernel_shape: [2n, 2n] }),
    [
      floats('x', 1, 3, 6, 4),
      whole(
        'm',
        [1, 1, 6, 4],
        Array.from({ length: 24 }, () => 1),
      ),
    ],
  ],
  ['CDist', microsoft('CDist', ['a', 'b'], { metric: 'euclidean' }), [floats('a', 4, 3), floats('b', 5, 3)]],
  [
    'parts of a tensor',
    [
      node('SplitToSequence', ['x', 'part'], ['parts'], { axis: 1n }),
      node('SequenceAt', ['parts', 'last'], ['y']),
      node('SequenceLength', ['parts'], ['count']),
    ],
    [floats('x', 2, 7), int64Tensor('part', [], [3]), int64Tensor('last', [], [-1])],
  ],
  [
    'rows of a tensor, stacked again',
    [
      node('SplitToSequence', ['x'], ['rows'], { axis: 1n, keepdims: 0n }),
      node('ConcatFromSequence', ['rows'], ['y'], { axis: 0n, new_axis: 1n }),
    ],
    [floats('x', 2, 7)],
  ],
  [
    'a list that is built',
    [
      node('SequenceEmpty', [], ['none']),
      node('SequenceInsert', ['none', 'a'], ['one']),
      node('SequenceInsert', ['one', 'b', 'first'], ['two']),
      node('SequenceConstruct', ['a', 'b', 'b'], ['three']),
      node('SequenceErase', ['three', 'first'], ['rest']),
      node('SequenceAt', ['two', 'first'], ['y']),
      node('ConcatFromSequence', ['rest'], ['joined'], { axis: 0n }),
    ],
    [floats('a', 2, 7), floats('b', 3, 7), int64Tensor('first', [], [0])],
  ],
  [
    'a modulus of the sign of the dividend',
    [
      node('Mod', ['a', 'b'], ['places'], { fmod: 1n }),
      node('Neg', ['places'], ['size']),
      node('ConstantOfShape', ['size'], ['y']),
    ],
    [int64Tensor('a', [1], [-7]), int64Tensor('b', [1], [4])],
  ],
  [
    'Scaler, Normalizer, Imputer and Binarizer',
    [
      classical('Scaler', ['x'], { offset: [0, 1, 2, 3], scale: [1, 2, 3, 4] }, ['scaled']),
      classical('Normalizer', ['scaled'], { norm: 'L2' }, ['normal']),
      classical('Imputer', ['normal'], { imputed_value_floats: [0, 0, 0, 0] }, ['whole']),
      classical('Binarizer', ['whole'], { threshold: 0.5 }),
    ],
    [floats('x', 5, 4)],
  ],
  [
    'Scaler of integers',
    classical('Scaler', ['x'], { offset: [1], scale: [2] }),
    [whole('x', [2, 3], [1, 2, 3, 4, 5, 6])],
  ],
  [
    'LinearClassifier',
    classical(
      'LinearClassifier',
      ['x'],
      { coefficients: numbers(12), intercepts: numbers(3), classlabels_ints: classes },
      ['y', 'scores'],
    ),
    [floats('x', 5, 4)],
  ],
  [
    'LinearClassifier of two classes by one line',
    classical('LinearClassifier', ['x'], { coefficients: numbers(4), intercepts: [0.5], classlabels_ints: [0n, 1n] }, [
      'y',
      'scores',
    ]),
    [floats('x', 5, 4)],
  ],
  [
    'LinearRegressor',
    classical('LinearRegressor', ['x'], { coefficients: numbers(8), intercepts: numbers(2), targets: 2n }),
    [floats('x', 5, 4)],
  ],
  ['SVMClassifier by votes', classical('SVMClassifier', ['x'], vectors, ['y', 'scores']), [floats('x', 5, 4)]],
  [
    'SVMClassifier with probabilities',
    classical('SVMClassifier', ['x'], { ...vectors, prob_a: numbers(3), prob_b: numbers(3) }, ['y', 'scores']),
    [floats('x', 5, 4)],
  ],
  [
    'SVMRegressor',
    classical('SVMRegressor', ['x'], {
      kernel_type: 'LINEAR',
      kernel_params: [0, 0, 3],
      support_vectors: numbers(8),
      n_supports: 2n,
      coefficients: numbers(2),
      rho: [0.5],
    }),
    [floats('x', 5, 4)],
  ],
  [
    'TreeEnsembleClassifier',
    classical('TreeEnsembleClassifier', ['x'], { ...stump('class'), classlabels_int64s: classes }, ['y', 'scores']),
    [floats('x', 5, 4)],
  ],
  [
    'TreeEnsembleRegressor',
    classical('TreeEnsembleRegressor', ['x'], { ...stump('target'), n_targets: 2n }),
    [floats('x', 5, 4)],
  ],
  [
    'LabelEncoder and ArrayFeatureExtractor',
    [
      classical('LabelEncoder', ['k'], { keys_int64s: classes, values_floats: [1, 2, 3] }, ['code']),
      classical('ArrayFeatureExtractor', ['code', 'i'], {}, ['picked']),
      classical('ArrayFeatureExtractor', ['x', 'i']),
    ],
    [int64Tensor('k', [3], [10, 20, 30]), floats('x', 5, 4), int64Tensor('i', [2], [2, 0])],
  ],
  [
    'FeatureVectorizer and OneHotEncoder',
    [
      classical('FeatureVectorizer', ['x', 'z'], { inputdimensions: [4n, 2n] }),
      classical('OneHotEncoder', ['k'], { cats_int64s: classes, zeros: 1n }, ['hot']),
    ],
    [floats('x', 5, 4), floats('z', 5, 2), int64Tensor('k', [2, 2], [10, 20, 30, 10])],
  ],
];

const sequences = new Set(['parts', 'rows', 'none', 'one', 'two', 'three', 'rest']);

function modelOf(entries: readonly Node[], tensors: readonly Tensor[]): Model {
  const names = entries.flatMap(({ outputs }) => outputs).filter((name) => name !== '' && !sequences.has(name));
  const plain = model(graph({ nodes: entries, initializers: tensors }), {
    opsetImports: [{ version: 17n }, { domain: 'com.microsoft', version: 1n }, { domain: 'ai.onnx.ml', version: 3n }],
  });
  const inferred = inferModel(plain);
  const outputs = names.map((name) => valueInfo(name, null, inferred.value(plain.graph!, name)?.elementType));
  return { ...plain, graph: { ...plain.graph!, outputs } };
}

describe('types and shapes of a run', () => {
  it.each(cases)('%s', async (_label, entries, tensors) => {
    const complete = modelOf(Array.isArray(entries) ? entries : [entries as Node], tensors);
    const results = await runModelInNode(joinParts(encodeModel(complete)), {}, { graphOptimizationLevel: 'disabled' });
    const inferred = inferModel(complete);
    for (const [name, { dtype, dims }] of Object.entries(results)) {
      const { elementType, shape } = inferred.value(complete.graph!, name) ?? {};
      // The caller decides the length of the buffers that a layer keeps.
      const known = shape?.map((size, axis) => size ?? dims[axis]);
      expect({ name, dtype: dataTypeName(elementType ?? 0), dims: known }).toEqual({ name, dtype, dims });
      expect(shape?.filter((size) => size === null).length).toBeLessThanOrEqual(
        name === 'key' || name === 'value' ? 1 : 0,
      );
    }
  });
});
