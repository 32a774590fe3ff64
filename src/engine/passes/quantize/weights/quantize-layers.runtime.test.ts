import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import type { CalibrationData } from '../../../data/calibration-data';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { resolveOptions } from '../../options';
import type { PassContext } from '../../pass';
import { passContext } from '../../testing/pass-context';
import { quantizeWeights } from './quantize-weights';
import { runQuantizeWeights } from './run-quantize-weights';
import type { WeightsOptions } from './weights-options';

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
  'rounds unobserved layers as without data, halves between two codes too: %s',
  async (form) => {
    const quantize = (method: string, context: Partial<PassContext>) =>
      quantizeWeights.run(product, resolveOptions(quantizeWeights, { form, method }), passContext(context));
    const fallback = await quantize('gptq', { inference: createInProcessInference(), data: sameEveryTime });
    const without = await quantize('by-layer', {});
    expect(fallback.sentence).toContain('could not use the data');
    expect(joinParts(encodeModel(fallback.model))).toEqual(joinParts(encodeModel(without.model)));
  },
);

it.each(['dequantize', 'matmul-nbits'])(
  'rounds weights as they are read, beside another run, and refuses non-finite ones: %s',
  async (form) => {
    const values = Array.from({ length: 64 * 32 }, (_, at) => ((at * 7) % 31) / 2 - 7.5);
    const two = model(
      graph({
        nodes: [
          node('MatMul', ['x', 'w'], ['y'], {}, { name: 'y' }),
          node('MatMul', ['x', 'n'], ['z'], {}, { name: 'z' }),
        ],
        initializers: [floatTensor('w', [64, 32], values), floatTensor('n', [64, 32], values.with(1000, NaN))],
        inputs: [valueInfo('x', [1, 64])],
        outputs: [valueInfo('y', [1, 32]), valueInfo('z', [1, 32])],
      }),
    );
    const options = resolveOptions(quantizeWeights, { method: 'rtn', keepEnds: false, form }) as WeightsOptions;
    const [kept, computed] = await Promise.all(
      [undefined, 0].map((bytesToKeep) => runQuantizeWeights(two, options, passContext({}), bytesToKeep)),
    );
    expect(kept!.refusals.map(({ path, code }) => [path, code])).toEqual([['graph/z', 'not-finite']]);
    expect(kept!.changes.map(({ path }) => path)).toContain('graph/y');
    expect(joinParts(encodeModel(computed!.model))).toEqual(joinParts(encodeModel(kept!.model)));
    expect(computed!.details).toEqual(kept!.details);
  },
);
