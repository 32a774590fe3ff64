import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { storedSource, tensorBytes } from '../../onnx/tensor';
import { resolveOptions } from '../options';
import { passContext } from '../testing/pass-context';
import { convertFloat16 } from './convert/convert-float16';
import type { Float16Options } from './convert/float16-options';
import { HalfWeights } from './half-weights';
import { runConvertFloat16 } from './convert/run-convert-float16';

describe('weights in float16 that do not fit into memory', () => {
  const floats = fc.array(fc.float({ noNaN: true }), { minLength: 1, maxLength: 40 });

  it('are computed piece by piece, for any order of reads', () => {
    fc.assert(
      fc.property(floats, fc.nat(80), fc.nat(80), (values, some, other) => {
        const tensor = floatTensor('w', [values.length], values);
        const kept = tensorBytes(new HalfWeights().convert(tensor));
        const computed = storedSource(new HalfWeights(0).convert(tensor))!;
        expect(computed.sizeBytes).toBe(kept.length);
        const [start, end] = [Math.min(some, other, kept.length), Math.min(Math.max(some, other), kept.length)];
        expect(computed.read(start, end)).toEqual(kept.subarray(start, end));
        expect(computed.slice(start, end).read()).toEqual(kept.subarray(start, end));
      }),
    );
  });

  it('give the same file', async () => {
    const given = model(
      graph({
        inputs: [valueInfo('x', [2, 2])],
        outputs: [valueInfo('y', [2, 2])],
        initializers: [floatTensor('w', [2, 2], [1, 1e-9, -3, 0.1]), floatTensor('b', [2], [0.5, 2])],
        nodes: [node('MatMul', ['x', 'w'], ['product']), node('Add', ['product', 'b'], ['y'])],
      }),
    );
    const options = resolveOptions(convertFloat16, {}) as Float16Options;
    const [kept, computed] = await Promise.all([
      runConvertFloat16(given, options, passContext({})),
      runConvertFloat16(given, options, passContext({}), 0),
    ]);
    expect(joinParts(encodeModel(computed.model))).toEqual(joinParts(encodeModel(kept.model)));
  });
});
