import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { readFloat32 } from '../../../onnx/tensor';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { roomForColumns } from './column-blocks-kernel';
import { planLayers } from './layer-plan';
import { packWeight } from './packed-weights';
import { quantizeWeights } from './quantize-weights';
import { canRoundBlocks, roundBlocks } from './round-column-blocks';
import { canRoundColumns, roundColumns } from './round-columns';
import { finish, roundLayer } from './round-layers';
import { canRoundNibbleRows, roundNibbles } from './round-nibble-rows';
import { findWeightLayers } from './weight-layers';
import type { WeightsOptions } from './weights-options';

/** Outputs of all magnitudes that float32 has, also where a range has no float32, or its scale no inverse; some of zeros, or one sign. */
const magnitudes = [1, 0, 1, 1e-45, -1e-30, 3e-39, 1, 1e-44, 3e38, 2e38, -0, 1e-38, -3e-44];

/** A product with so many numbers of each output, 70 are no multiple of a block; some are halves of a code. */
function planned(given: Readonly<Record<string, unknown>>, outputs: number, inputs = 70) {
  const random = createSeededRandom(2);
  const values = Array.from({ length: inputs * outputs }, (_, at) => {
    const output = at % outputs;
    const value = at % 7 === 0 ? (at % 16) / 8 - 1 : random.next() - 0.6;
    return (output % 5 === 4 ? Math.abs(value) : value) * magnitudes[output % magnitudes.length]!;
  });
  const product = model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      initializers: [floatTensor('w', [inputs, outputs], values)],
      inputs: [valueInfo('x', [1, inputs])],
      outputs: [valueInfo('y', [1, outputs])],
    }),
  );
  const options = resolveOptions(quantizeWeights, { method: 'rtn', ...given } as never) as unknown as WeightsOptions;
  return planLayers(findWeightLayers(product, options).layers, options, 21).layers[0]!;
}

describe('roundColumns', () => {
  const forms = [
    { bits: '4', blockSize: '16' },
    { bits: '4', blockSize: '32', symmetric: true },
    { bits: '4', blockSize: '0' },
    { bits: '8', blockSize: '0', symmetric: true },
    { bits: '8', blockSize: '0' },
    { bits: '8', blockSize: '64' },
    { bits: '8', blockSize: '32', symmetric: true },
  ];

  // Sixteen outputs at a time go through vector instructions.
  it.each([24, 96].flatMap((outputs) => forms.map((options) => ({ outputs, options }))))(
    'gives the bytes that the matrix turned and turned back gives: %j',
    ({ outputs, options }) => {
      const layer = planned(options, outputs);
      expect(canRoundColumns(layer, 'rtn')).toBe(true);
      const values = readFloat32(layer.layer.weight.tensor);
      const expected = packWeight(layer, finish(roundLayer(layer, 'rtn', values)));
      expect(finish(roundColumns(layer, values))).toEqual(expected);
      expect(canRoundBlocks(layer, 'rtn')).toBe(outputs === 96 && options.blockSize !== '0');
      if (!canRoundBlocks(layer, 'rtn')) return;
      const read = (start: number, end: number): Float32Array => values.subarray(start, end);
      expect(finish(roundBlocks(layer, read))).toEqual(expected);
    },
  );
});

describe('roundBlocks', () => {
  it('finds non-finite values in every position', () => {
    const layer = planned({ bits: '4', blockSize: '32' }, 32);
    const values = readFloat32(layer.layer.weight.tensor);
    for (const [place, value] of [NaN, Infinity, -Infinity].flatMap((bad) =>
      [0, 33, 69 * 32 + 31].map((at) => [at, bad] as const),
    )) {
      const spoiled = values.slice();
      spoiled[place] = value;
      expect(finish(roundBlocks(layer, (start, end) => spoiled.subarray(start, end)))).toBeUndefined();
    }
  });

  it('takes read values into its own memory, also if that has to grow', () => {
    const layer = planned({ bits: '8', blockSize: '32' }, 224);
    const values = readFloat32(layer.layer.weight.tensor);
    const read = (start: number, end: number): Float32Array => {
      const room = roomForColumns((end - start) * 4);
      const own = new Float32Array(room.buffer, 0, end - start);
      own.set(values.subarray(start, end));
      return own;
    };
    expect(finish(roundBlocks(layer, read))).toEqual(finish(roundColumns(layer, values)));
  });
});

describe('roundNibbles', () => {
  const forms = [16, 96].flatMap((outputs) =>
    [32, 96].flatMap((inputs) => [false, true].map((symmetric) => ({ outputs, inputs, symmetric }))),
  );

  it.each(forms)(
    'gives the bytes for MatMulNBits that the matrix turned gives: %j',
    ({ outputs, inputs, symmetric }) => {
      const layer = planned({ bits: '4', blockSize: '32', symmetric, form: 'matmul-nbits' }, outputs, inputs);
      const values = readFloat32(layer.layer.weight.tensor);
      const read = (start: number, end: number): Float32Array => values.subarray(start, end);
      expect(canRoundNibbleRows(layer, 'rtn')).toBe(true);
      expect(finish(roundNibbles(layer, read))).toEqual(packWeight(layer, finish(roundLayer(layer, 'rtn', values))));
      const spoiled = values.with(inputs * outputs - 3, NaN);
      expect(finish(roundNibbles(layer, (start, end) => spoiled.subarray(start, end)))).toBeUndefined();
    },
  );

  it('leaves unsupported shapes to the loops', () => {
    const options = { bits: '4', blockSize: '32', form: 'matmul-nbits' };
    expect(canRoundNibbleRows(planned(options, 96, 70), 'rtn')).toBe(false);
    expect(canRoundNibbleRows(planned(options, 24, 96), 'rtn')).toBe(false);
    expect(canRoundNibbleRows(planned({ ...options, blockSize: '64' }, 96, 128), 'rtn')).toBe(false);
  });
});
