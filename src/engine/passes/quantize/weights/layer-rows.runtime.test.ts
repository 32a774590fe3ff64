import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { runOnce } from '../../../inference';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { rowCutterOf } from './layer-rows';
import { findWeightLayers } from './weight-layers';
import { readFloat32 } from '../../../onnx/tensor';
import { inRows } from './weight-matrix';

const signal = new AbortController().signal;
const all = { opTypes: ['Conv', 'ConvTranspose'], include: [], exclude: [], bitsByLayer: {}, blockSizeByLayer: {} };

describe('rowCutterOf', () => {
  it.each([
    ['Conv', 'pads and strides', [6, 4, 3, 3], [2, 4, 7, 9], { pads: [1n, 0n, 2n, 1n], strides: [2n, 1n] }],
    ['Conv', 'groups and dilations', [6, 2, 3, 2], [1, 4, 9, 8], { group: 2n, dilations: [2n, 3n] }],
    ['Conv', 'SAME_LOWER', [3, 2, 4, 3], [1, 2, 6, 7], { auto_pad: 'SAME_LOWER', strides: [2n, 2n] }],
    ['Conv', 'one axis', [5, 3, 4], [1, 3, 11], { pads: [2n, 1n] }],
    ['ConvTranspose', 'strides as wide as kernels', [3, 4, 2, 2], [2, 3, 4, 5], { strides: [2n, 2n] }],
    [
      'ConvTranspose',
      'pads, dilations and more at the end',
      [3, 2, 4, 3],
      [1, 3, 5, 4],
      { strides: [2n, 3n], pads: [1n, 0n, 2n, 1n], dilations: [1n, 2n], output_padding: [1n, 2n] },
    ],
    [
      'ConvTranspose',
      'a size that is given',
      [2, 3, 4, 4],
      [1, 2, 5, 5],
      { strides: [2n, 2n], output_shape: [9n, 11n] },
    ],
    ['ConvTranspose', 'SAME_UPPER', [2, 3, 4, 3], [1, 2, 5, 6], { strides: [2n, 2n], auto_pad: 'SAME_UPPER' }],
    ['ConvTranspose', 'a filter for each channel', [4, 1, 3, 3], [1, 4, 5, 5], { strides: [2n, 2n], group: 4n }],
    ['ConvTranspose', 'one axis', [5, 3, 4], [1, 5, 7], { strides: [2n], pads: [1n, 1n] }],
  ])('multiplied with the weight, rows give the outputs of %s: %s', async (op, _, dims, shape, attributes) => {
    const random = createSeededRandom(3);
    const numbers = (sizes: readonly number[]): Float32Array =>
      Float32Array.from({ length: sizes.reduce((a, b) => a * b) }, () => random.next() - 0.5);
    const conv = model(
      graph({
        nodes: [node(op, ['x', 'w'], ['y'], attributes)],
        initializers: [floatTensor('w', dims, numbers(dims))],
        inputs: [valueInfo('x', shape)],
        outputs: [valueInfo('y', null)],
      }),
    );
    const x = { dtype: 'float32', dims: shape, data: numbers(shape) };
    const { y } = await runOnce(createInProcessInference(), signal, conv, { x });
    const [layer] = findWeightLayers(conv, all).layers;
    const { groups, columns, cut } = rowCutterOf(layer!);
    const weight = inRows(readFloat32(layer!.weight.tensor), layer!.shape);
    const rows = cut(x);
    const [images = 1, outputs = 1, ...area] = y!.dims;
    const positions = area.reduce((a, b) => a * b);
    expect(rows.count).toBe(images * positions);
    const written = Array.from({ length: rows.count }, (_value, at) => at);
    const panel = new Float32Array(columns * rows.count);
    for (let output = 0; output < outputs; output += 1) {
      rows.write(written, Math.floor((output * groups) / outputs), panel, 0, rows.count);
      for (const at of written) {
        const row = panel.filter((_value, place) => place % rows.count === at);
        const sum = row.reduce((total, value, column) => total + value * weight[output * columns + column]!, 0);
        const image = Math.floor(at / positions);
        const expected = y!.data[(image * outputs + output) * positions + (at % positions)] as number;
        expect(sum).toBeCloseTo(expected, 5);
      }
    }
  });
});
