/** A small net and made pictures, for tests of passes that train. */
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { DataType } from '../../../onnx/data-type';
import type { Model } from '../../../onnx/graph';
import { mapTensors } from '../../../onnx/map-tensors';
import { createTensor, readFloat32 } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';

const random = createSeededRandom(4);
const draw = (count: number, scale: number): Float32Array =>
  Float32Array.from({ length: count }, () => scale * (2 * random.next() - 1));

export const side = 8;
const classes = 3;

/** A convolution with normalization, pooling, and a Softmax at the end: opset 17, a free batch. */
export const original = model(
  graph({
    nodes: [
      node('Conv', ['image', 'filters'], ['c'], { pads: [1n, 1n, 1n, 1n] }, { name: 'conv' }),
      node('BatchNormalization', ['c', 'gamma', 'beta', 'mean', 'variance'], ['n']),
      node('Relu', ['n'], ['r']),
      node('MaxPool', ['r'], ['p'], { kernel_shape: [2n, 2n], strides: [2n, 2n] }),
      node('Flatten', ['p'], ['f']),
      node('Gemm', ['f', 'matrix', 'bias'], ['logits'], { transB: 1n }, { name: 'head' }),
      node('Softmax', ['logits'], ['scores']),
    ],
    initializers: [
      floatTensor('filters', [4, 1, 3, 3], draw(36, 0.5)),
      floatTensor('gamma', [4], draw(4, 1)),
      floatTensor('beta', [4], draw(4, 0.3)),
      floatTensor('mean', [4], draw(4, 0.1)),
      floatTensor('variance', [4], [0.5, 1, 1.5, 2]),
      floatTensor('matrix', [classes, 64], draw(classes * 64, 0.5)),
      floatTensor('bias', [classes], draw(classes, 0.1)),
    ],
    inputs: [valueInfo('image', ['N', 1, side, side])],
    outputs: [valueInfo('scores', ['N', classes])],
  }),
);

/** A quarter of the way to zero, every weight that is no vector. */
export function weakened(net: Model): Model {
  return mapTensors(net, (tensor) => {
    if (tensor.dims.length < 2) return tensor;
    const values = readFloat32(tensor).map((value) => 0.75 * value);
    return createTensor({ name: tensor.name, dataType: DataType.float32, dims: tensor.dims, bytes: values });
  });
}

export const pictures = Array.from({ length: 64 }, (): Feeds => {
  return { image: { dtype: 'float32', dims: [1, 1, side, side], data: draw(side * side, 1) } };
});

export function dataOf(all: readonly Feeds[], labels?: (index: number) => number): CalibrationData {
  return {
    fingerprint: 'made',
    samples: all.length,
    async *feeds() {
      yield* all;
    },
    ...(labels && {
      async *labeled() {
        for (const [index, feeds] of all.entries()) yield { feeds, label: Float64Array.of(labels(index)) };
      },
    }),
  };
}
