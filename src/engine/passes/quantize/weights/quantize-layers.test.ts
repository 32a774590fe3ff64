import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import type { CalibrationData } from '../../../data/calibration-data';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { resolveOptions } from '../../options';
import type { PassContext } from '../../pass';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';

/** Many of the weights lie half-way between two codes. */
const product = model(
  graph({
    nodes: [node('MatMul', ['x', 'w'], ['y'])],
    initializers: [
      floatTensor(
        'w',
        [32, 24],
        Array.from({ length: 32 * 24 }, (_, at) => ((at * 7) % 31) / 2 - 7.5),
      ),
    ],
    inputs: [valueInfo('x', [1, 32])],
    outputs: [valueInfo('y', [1, 24])],
  }),
);

const sameEveryTime: CalibrationData = {
  samples: 4,
  fingerprint: 'the same',
  async *feeds() {
    for (let at = 0; at < 4; at += 1) yield { x: { dtype: 'float32', dims: [1, 32], data: new Float32Array(32) } };
  },
};

it.each(['matmul-nbits', 'dequantize'])(
  'rounds what data tells nothing of as it does without data, halves between two codes too: %s',
  async (form) => {
    const quantize = (method: string, context: Partial<PassContext>) =>
      quantizeWeights.run(product, resolveOptions(quantizeWeights, { form, method }), passContext(context));
    const fallback = await quantize('gptq', { inference: createInProcessInference(), data: sameEveryTime });
    const without = await quantize('by-layer', {});
    expect(fallback.sentence).toContain('took nothing from the data');
    expect(joinParts(encodeModel(fallback.model))).toEqual(joinParts(encodeModel(without.model)));
  },
);
