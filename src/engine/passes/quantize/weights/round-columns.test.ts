import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { readFloat32 } from '../../../onnx/tensor';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { planLayers } from './layer-plan';
import { packWeight } from './packed-weights';
import { quantizeWeights } from './quantize-weights';
import { canRoundColumns } from './round-columns';
import { finish, packRounded, roundLayer } from './round-layers';
import { findWeightLayers } from './weight-layers';
import type { WeightsOptions } from './weights-options';

/** A product with 70 numbers of each of 24 outputs: no multiple of a block; some are halves of a code. */
function planned(given: Readonly<Record<string, unknown>>) {
  const random = createSeededRandom(2);
  const values = Array.from({ length: 70 * 24 }, (_, at) => (at % 7 === 0 ? (at % 16) / 8 - 1 : random.next() - 0.6));
  const product = model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      initializers: [floatTensor('w', [70, 24], values)],
      inputs: [valueInfo('x', [1, 70])],
      outputs: [valueInfo('y', [1, 24])],
    }),
  );
  const options = resolveOptions(quantizeWeights, { method: 'rtn', ...given } as never) as unknown as WeightsOptions;
  return planLayers(findWeightLayers(product, options).layers, options, 21).layers[0]!;
}

describe('roundColumns', () => {
  it.each([
    { bits: '4', blockSize: '16' },
    { bits: '4', blockSize: '32', symmetric: true },
    { bits: '4', blockSize: '0' },
    { bits: '8', blockSize: '0', symmetric: true },
    { bits: '8', blockSize: '0' },
    { bits: '8', blockSize: '64' },
  ])('gives the bytes that the matrix turned and turned back gives: %j', (options) => {
    const layer = planned(options);
    expect(canRoundColumns(layer, 'rtn')).toBe(true);
    const values = readFloat32(layer.layer.weight.tensor);
    expect(finish(packRounded(layer, 'rtn', values))).toEqual(
      packWeight(layer, finish(roundLayer(layer, 'rtn', values))),
    );
  });
});
