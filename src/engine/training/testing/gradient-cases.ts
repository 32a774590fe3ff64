/** One small graph for each gradient rule and each form of it, for tests that hold rules to finite differences. */
import { floatTensor, int64Tensor, node } from '../../onnx/testing/build';
import { type Attributes, type GradientCase, int32Tensor, ints, one } from './gradient-case';
import { sequenceCases } from './sequence-cases';

const positive = { range: [0.3, 2] as const };
const image = [2, 4, 5, 6];

const convolutions: GradientCase[] = [
  one('Conv 3×3', 'Conv', [image, [3, 4, 3, 3], [3]], { pads: [1n, 1n, 1n, 1n] }),
  one('Conv strided, unevenly padded', 'Conv', [image, [3, 4, 3, 2]], { strides: [2n, 3n], pads: [0n, 1n, 1n, 0n] }),
  one('Conv dilated', 'Conv', [image, [2, 4, 2, 2]], { dilations: [2n, 3n] }),
  one('Conv 1×1', 'Conv', [image, [3, 4, 1, 1], [3]]),
  one('Conv 1×1 strided', 'Conv', [image, [3, 4, 1, 1]], { strides: [2n, 2n] }),
  one('Conv SAME_UPPER', 'Conv', [image, [2, 4, 3, 3]], { auto_pad: 'SAME_UPPER', strides: [2n, 2n] }),
  one('Conv SAME_LOWER', 'Conv', [image, [2, 4, 2, 2]], { auto_pad: 'SAME_LOWER' }),
  one('Conv grouped', 'Conv', [image, [6, 2, 3, 3], [6]], { group: 2n, pads: [1n, 1n, 1n, 1n] }),
  one('Conv grouped, strided', 'Conv', [image, [6, 2, 3, 3]], { group: 2n, strides: [2n, 2n] }),
  one('Conv depthwise', 'Conv', [image, [4, 1, 3, 3], [4]], { group: 4n, pads: [1n, 1n, 1n, 1n] }),
  one('Conv depthwise, padded far', 'Conv', [image, [4, 1, 2, 3]], { group: 4n, pads: [2n, 0n, 0n, 4n] }),
  one('Conv depthwise, dilated', 'Conv', [image, [4, 1, 2, 2]], {
    group: 4n,
    dilations: [2n, 3n],
    pads: [0n, 1n, 1n, 0n],
  }),
  one('Conv depthwise along an axis', 'Conv', [[2, 3, 9], [3, 1, 3], [3]], { group: 3n, pads: [1n, 0n] }),
  one('Conv depthwise, strided', 'Conv', [image, [4, 1, 3, 3]], {
    group: 4n,
    strides: [2n, 2n],
    pads: [1n, 1n, 1n, 1n],
  }),
  one('Conv depthwise, two filters each', 'Conv', [image, [8, 1, 3, 3]], { group: 4n, pads: [1n, 1n, 1n, 1n] }),
  one(
    'Conv along one axis',
    'Conv',
    [
      [2, 3, 9],
      [4, 3, 3],
    ],
    { strides: [2n], pads: [1n, 1n] },
  ),
  one(
    'Conv of a volume',
    'Conv',
    [
      [1, 2, 3, 4, 3],
      [2, 2, 2, 2, 2],
    ],
    {},
    { webgpu: 'ConvTranspose has one and two axes only' },
  ),
  one(
    'Conv of many channels',
    'Conv',
    [
      [1, 64, 3, 3],
      [64, 64, 3, 3],
    ],
    { pads: [1n, 1n, 1n, 1n] },
  ),
  one('ConvTranspose', 'ConvTranspose', [[2, 3, 4, 3], [3, 2, 3, 3], [2]], {
    strides: [2n, 2n],
    pads: [1n, 1n, 0n, 1n],
  }),
  one(
    'ConvTranspose with output padding',
    'ConvTranspose',
    [
      [1, 3, 4, 3],
      [3, 2, 2, 3],
    ],
    { strides: [2n, 2n], output_padding: [1n, 0n] },
  ),
  one(
    'ConvTranspose grouped',
    'ConvTranspose',
    [
      [1, 4, 3, 3],
      [4, 3, 2, 2],
    ],
    { group: 2n },
  ),
];

const products: GradientCase[] = [
  one('Gemm', 'Gemm', [[3, 4], [4, 5], [5]], { alpha: 0.5, beta: 2 }),
  one(
    'Gemm with B transposed',
    'Gemm',
    [
      [3, 4],
      [5, 4],
      [1, 5],
    ],
    { transB: 1n },
  ),
  one(
    'Gemm with A transposed',
    'Gemm',
    [
      [4, 3],
      [4, 5],
      [3, 1],
    ],
    { transA: 1n },
  ),
  one(
    'Gemm with both transposed',
    'Gemm',
    [
      [4, 3],
      [5, 4],
    ],
    { transA: 1n, transB: 1n, alpha: 3 },
  ),
  one('MatMul with a weight', 'MatMul', [
    [2, 3, 4],
    [4, 5],
  ]),
  one('MatMul of batches', 'MatMul', [
    [2, 2, 3, 4],
    [2, 4, 5],
  ]),
  one(
    'Einsum',
    'Einsum',
    [
      [2, 3, 4],
      [2, 5, 4],
    ],
    { equation: 'bij, bkj -> bik' },
  ),
  one('Einsum of one value', 'Einsum', [[2, 3, 4]], { equation: 'bij->jbi' }),
  one('MatMul of a matrix and a batch', 'MatMul', [
    [3, 4],
    [2, 4, 5],
  ]),
];

const elementwise: GradientCase[] = [
  one('Add broadcast', 'Add', [
    [2, 3, 4],
    [3, 1],
  ]),
  one('Sub broadcast', 'Sub', [
    [3, 1],
    [2, 3, 4],
  ]),
  one('Mul broadcast', 'Mul', [[2, 3, 4], [4]]),
  { name: 'Mul with itself', inputs: [[2, 3]], nodes: [node('Mul', ['x0', 'x0'], ['y'])] },
  one(
    'Div broadcast',
    'Div',
    [
      [2, 3, 4],
      [3, 1],
    ],
    {},
    positive,
  ),
  one('Sum of three', 'Sum', [[2, 3], [3], [2, 1]]),
  one('Max', 'Max', [[2, 3], [3]]),
  one('Min', 'Min', [[2, 3], [3]]),
  one('Pow 2', 'Pow', [[2, 3]], {}, { constants: [floatTensor('e', [], [2])] }),
  one('Pow 1.5', 'Pow', [[2, 3]], {}, { constants: [floatTensor('e', [1], [1.5])], ...positive }),
  {
    name: 'Where',
    inputs: [[2, 3], [3]],
    nodes: [node('Greater', ['x0', 'x1'], ['c']), node('Where', ['c', 'x0', 'x1'], ['y'])],
  },
  ...['Neg', 'Abs', 'Exp', 'Sin', 'Cos', 'Erf'].map((opType) => one(opType, opType, [[2, 5]])),
  ...['Log', 'Sqrt', 'Reciprocal'].map((opType) => one(opType, opType, [[2, 5]], {}, positive)),
  ...['Relu', 'LeakyRelu', 'Elu', 'Sigmoid', 'Tanh', 'Softplus'].map((opType) => one(opType, opType, [[2, 9]])),
  one('Clip', 'Clip', [[2, 9]], {}, { constants: [floatTensor('low', [], [-0.5]), floatTensor('high', [], [0.7])] }),
  one('HardSigmoid', 'HardSigmoid', [[2, 9]], { alpha: 0.5 }, { range: [-2, 2] }),
  one('HardSwish', 'HardSwish', [[2, 9]], {}, { range: [-5, 5] }),
  one('PRelu', 'PRelu', [
    [2, 3, 4],
    [3, 1],
  ]),
  one('Gelu', 'Gelu', [[2, 9]]),
  one('Gelu by tanh', 'Gelu', [[2, 9]], { approximate: 'tanh' }),
  one('Swish', 'Swish', [[2, 9]], { alpha: 1.5 }, { opset: 24 }),
];

const statistics = [floatTensor('mean', [3], [0.1, -0.2, 0.3]), floatTensor('variance', [3], [0.5, 1, 2])];

const normalizations: GradientCase[] = [
  one('BatchNormalization', 'BatchNormalization', [[2, 3, 4], [3], [3]], {}, { constants: statistics }),
  one('LayerNormalization', 'LayerNormalization', [[2, 3, 4], [4], [4]]),
  one(
    'LayerNormalization over two axes',
    'LayerNormalization',
    [
      [2, 3, 4],
      [3, 4],
      [3, 4],
    ],
    { axis: 1n },
  ),
  one('RMSNormalization', 'RMSNormalization', [[2, 3, 4], [4]], {}, { opset: 23 }),
  one(
    'RMSNormalization over two axes',
    'RMSNormalization',
    [
      [2, 3, 4],
      [3, 4],
    ],
    { axis: 1n },
    { opset: 23 },
  ),
  one('InstanceNormalization', 'InstanceNormalization', [[2, 3, 7], [3], [3]]),
  one('GroupNormalization', 'GroupNormalization', [[2, 4, 3, 5], [4], [4]], { num_groups: 2n }, { opset: 21 }),
  one('GroupNormalization by groups', 'GroupNormalization', [[2, 4, 3, 5], [2], [2]], { num_groups: 2n }),
  one('Softmax', 'Softmax', [[2, 3, 4]]),
  one('Softmax over channels', 'Softmax', [[2, 3, 4]], { axis: 1n }),
  one('LogSoftmax', 'LogSoftmax', [[2, 5]]),
];

const poolings: GradientCase[] = [
  one('MaxPool apart', 'MaxPool', [image], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
  one('MaxPool overlapping', 'MaxPool', [image], { kernel_shape: [3n, 3n], strides: [2n, 2n], pads: [1n, 1n, 1n, 1n] }),
  one('MaxPool with a last window cut off', 'MaxPool', [image], {
    kernel_shape: [2n, 2n],
    strides: [2n, 2n],
    ceil_mode: 1n,
  }),
  one('MaxPool of an axis shorter than its kernel', 'MaxPool', [[1, 2, 1, 5]], {
    kernel_shape: [2n, 2n],
    strides: [2n, 2n],
  }),
  one('AveragePool', 'AveragePool', [image], { kernel_shape: [2n, 3n], strides: [2n, 3n] }),
  one('AveragePool padded', 'AveragePool', [image], {
    kernel_shape: [3n, 3n],
    strides: [2n, 2n],
    pads: [1n, 1n, 1n, 1n],
  }),
  one('AveragePool that counts padding', 'AveragePool', [image], {
    kernel_shape: [3n, 3n],
    pads: [1n, 1n, 1n, 1n],
    count_include_pad: 1n,
  }),
  one('GlobalAveragePool', 'GlobalAveragePool', [image]),
  one('GlobalMaxPool', 'GlobalMaxPool', [image]),
  one('ReduceMean', 'ReduceMean', [[2, 3, 4]], { keepdims: 0n }, { constants: [ints('axes', [-1, 0])] }),
  one('ReduceSum', 'ReduceSum', [[2, 3, 4]], {}, { constants: [ints('axes', [1])] }),
  {
    name: 'Resize nearest',
    inputs: [[1, 2, 3, 4]],
    nodes: [
      node('Resize', ['x0', '', 'scales'], ['y'], {
        mode: 'nearest',
        coordinate_transformation_mode: 'asymmetric',
        nearest_mode: 'floor',
      }),
    ],
    initializers: [floatTensor('scales', [4], [1, 1, 2, 3])],
  },
];

const resize = (name: string, sizes: readonly number[], attributes: Attributes): GradientCase => ({
  name: `Resize ${name}`,
  inputs: [[1, 2, 3, 4]],
  nodes: [node('Resize', ['x0', '', '', 'sizes'], ['y'], attributes)],
  initializers: [ints('sizes', [1, 2, ...sizes])],
});

const resizings: GradientCase[] = [
  resize('linear', [5, 7], { mode: 'linear' }),
  resize('linear with aligned corners', [7, 3], { mode: 'linear', coordinate_transformation_mode: 'align_corners' }),
  resize('nearest by a fraction', [5, 6], { coordinate_transformation_mode: 'asymmetric', nearest_mode: 'ceil' }),
  resize('cubic', [6, 9], { mode: 'cubic', coordinate_transformation_mode: 'pytorch_half_pixel' }),
];

const movements: GradientCase[] = [
  one('Identity', 'Identity', [[2, 6]]),
  one('Dropout where nobody trains', 'Dropout', [[2, 6]]),
  one('Cast', 'Cast', [[2, 6]], { to: 1n }),
  one('Reshape', 'Reshape', [[2, 6]], {}, { constants: [ints('shape', [3, 4])] }),
  one('Flatten', 'Flatten', [[2, 3, 4]]),
  one('Squeeze', 'Squeeze', [[2, 1, 3]], {}, { constants: [ints('axes', [1])] }),
  one('Unsqueeze', 'Unsqueeze', [[2, 3]], {}, { constants: [ints('axes', [0, 2])] }),
  one('Transpose', 'Transpose', [[2, 3, 4]], { perm: [2n, 0n, 1n] }),
  one('Transpose reversed', 'Transpose', [[2, 3, 4]]),
  one(
    'Concat',
    'Concat',
    [
      [2, 3],
      [2, 1],
      [2, 2],
    ],
    { axis: -1n },
  ),
  one('Slice', 'Slice', [[3, 6]], {}, { constants: [ints('s', [1, -5]), ints('e', [3, 100]), ints('a', [0, 1])] }),
  one(
    'Slice with a step',
    'Slice',
    [[3, 8]],
    {},
    { constants: [ints('s', [1]), ints('e', [8]), ints('a', [1]), ints('t', [3])] },
  ),
  one('Pad', 'Pad', [[2, 3]], {}, { constants: [ints('p', [1, 0, 0, 2])] }),
  one('Expand', 'Expand', [[3, 1]], {}, { constants: [ints('shape', [2, 3, 4])] }),
  one('Tile', 'Tile', [[2, 3]], {}, { constants: [ints('copies', [2, 3])] }),
  one('SpaceToDepth', 'SpaceToDepth', [[1, 2, 4, 6]], { blocksize: 2n }),
  one('DepthToSpace', 'DepthToSpace', [[1, 8, 2, 3]], { blocksize: 2n }),
  one('DepthToSpace CRD', 'DepthToSpace', [[1, 8, 2, 3]], { blocksize: 2n, mode: 'CRD' }),
  one('Gather of one place', 'Gather', [[2, 5, 3]], { axis: 1n }, { constants: [int64Tensor('at', [], [-2])] }),
  one('Gather of rows', 'Gather', [[5, 3]], {}, { constants: [int64Tensor('at', [2, 3], [4, 0, 4, 1, 1, 4])] }),
  one('Gather by int32', 'Gather', [[5, 3]], {}, { constants: [int32Tensor('at', [4], [4, -5, 4, 1])] }),
  one('GatherND', 'GatherND', [[3, 4, 2]], {}, { constants: [int64Tensor('at', [3, 2], [0, 1, 2, 3, 0, 1])] }),
  {
    name: 'ScatterND',
    inputs: [
      [4, 3],
      [2, 3],
    ],
    nodes: [node('ScatterND', ['x0', 'at', 'x1'], ['y'])],
    initializers: [int64Tensor('at', [2, 1], [3, 1])],
  },
  one('Gather along an inner axis', 'Gather', [[2, 5, 3]], { axis: 1n }, { constants: [ints('at', [3, 0, 3])] }),
  {
    name: 'Split of which one part is not used',
    inputs: [[2, 6]],
    nodes: [
      node('Split', ['x0', 'sizes'], ['a', 'b', 'c'], { axis: 1n }),
      node('Concat', ['c', 'a'], ['y'], { axis: 1n }),
    ],
    initializers: [ints('sizes', [1, 3, 2])],
  },
];

export const gradientCases: readonly GradientCase[] = [
  ...sequenceCases,
  ...resizings,
  ...convolutions,
  ...products,
  ...elementwise,
  ...normalizations,
  ...poolings,
  ...movements,
];
