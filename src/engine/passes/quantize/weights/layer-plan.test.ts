import { describe, expect, it } from 'vitest';
import { ComputedSource } from '../../../onnx/byte-source';
import { DataType } from '../../../onnx/data-type';
import { graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import { planLayers } from './layer-plan';
import { quantizeWeights } from './quantize-weights';
import { findWeightLayers } from './weight-layers';
import type { WeightsOptions } from './weights-options';

/** A product of a square weight, whose bytes nobody reads. */
function formOf(width: number, given: Readonly<Record<string, unknown>>) {
  const rawData = new ComputedSource(() => new Uint8Array(0), 0, 4 * width * width);
  const product = model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y'])],
      initializers: [{ name: 'w', dataType: DataType.float32, dims: [BigInt(width), BigInt(width)], rawData }],
      inputs: [valueInfo('x', [1, width])],
      outputs: [valueInfo('y', [1, width])],
    }),
  );
  const options = resolveOptions(quantizeWeights, given as never) as unknown as WeightsOptions;
  const { form, grid } = planLayers(findWeightLayers(product, options).layers, options, 21).layers[0]!;
  return { form, bits: grid.bits, blockSize: grid.blockSize };
}

describe('planLayers', () => {
  it('keeps integers in products that are too large for a session of floats', () => {
    expect(formOf(4096, { bits: '4' })).toMatchObject({ form: 'dequantize' });
    expect(formOf(32_768, { bits: '4' })).toEqual({ form: 'matmul-nbits', bits: 4, blockSize: 32 });
    expect(formOf(32_768, { bits: '8', blockSize: '0' })).toEqual({ form: 'matmul-nbits', bits: 8, blockSize: 32 });
    expect(formOf(32_768, { bits: '4', form: 'dequantize' })).toMatchObject({ form: 'dequantize' });
  });
});
