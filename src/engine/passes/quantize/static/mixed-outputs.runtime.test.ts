import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import type { Model, Tensor } from '../../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from './quantize-static';

const random = createSeededRandom(5);
const weight = (name: string, ...dims: number[]): Tensor =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next() - 0.5),
  );

/** The end of a detector: 4 places in pixels and 3 scores for each box, joined and moved. */
const detector = (pixels: number): Model =>
  model(
    graph({
      inputs: [valueInfo('x', [1, 8, 16])],
      outputs: [valueInfo('y', [1, 7, 8])],
      initializers: [
        weight('w', 16, 4),
        weight('v', 16, 3),
        floatTensor('size', [1], [pixels]),
        int64Tensor('shape', [3], [1n, 8n, 7n]),
      ],
      nodes: [
        node('MatMul', ['x', 'w'], ['places']),
        node('Mul', ['places', 'size'], ['boxes'], {}, { name: 'scaled' }),
        node('MatMul', ['x', 'v'], ['logits']),
        node('Sigmoid', ['logits'], ['scores']),
        node('Concat', ['boxes', 'scores'], ['joined'], { axis: 2n }, { name: 'join' }),
        node('Reshape', ['joined', 'shape'], ['rows']),
        node('Transpose', ['rows'], ['y'], { perm: [0n, 2n, 1n] }),
      ],
    }),
    { opset: 13 },
  );

const feeds = (seed: number): Feeds => {
  const draw = createSeededRandom(seed);
  return {
    x: { dtype: 'float32', dims: [1, 8, 16], data: Float32Array.from({ length: 128 }, () => draw.next() - 0.5) },
  };
};
const data: CalibrationData = {
  fingerprint: '',
  samples: 32,
  async *feeds() {
    for (let seed = 0; seed < 32; seed += 1) yield feeds(seed);
  },
};
const inference = createInProcessInference();
const quantize = (given: Model, format: string) =>
  quantizeStatic.run(given, resolveOptions(quantizeStatic, { format }), passContext({ inference, data }));
const outputOf = async (given: Model): Promise<Float32Array> =>
  (await runOnce(inference, new AbortController().signal, given, feeds(1)))['y']!.data as Float32Array;

it.each(['qdq', 'qoperator'])('keeps scores that are joined with pixels: %s', async (format) => {
  const original = detector(640);
  const { model: small, refusals } = await quantize(original, format);
  expect(checkModel(small)).toEqual([]);
  expect(refusals).toMatchObject([{ code: 'mixed', op: 'Concat', path: 'graph/join' }]);
  const [wanted, got] = [await outputOf(original), await outputOf(small)];
  const scores = (values: Float32Array): Float32Array => values.slice(4 * 8);
  scores(wanted).forEach((score, at) => expect(Math.abs(scores(got)[at]! - score)).toBeLessThan(0.02));
});

it('gives values of similar ranges one scale, like the tool of ONNX Runtime', async () => {
  const { refusals } = await quantize(detector(1), 'qdq');
  expect(refusals).toEqual([]);
});
