import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import { DataType } from '../../../onnx/data-type';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from './quantize-static';

const inference = createInProcessInference();
const random = createSeededRandom(3);
const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => random.next() - 0.5);
const samples = Array.from({ length: 40 }, (): Feeds => ({ x: { dtype: 'float32', dims: [1, 16], data: draw(16) } }));
const initializers = [
  floatTensor('w', [16, 8], draw(128)),
  floatTensor('b', [8], draw(8)),
  floatTensor('v', [8, 4], draw(32)),
];
const net = graph({
  nodes: [node('Gemm', ['x', 'w', 'b'], ['h']), node('Relu', ['h'], ['r']), node('MatMul', ['r', 'v'], ['y'])],
  initializers,
  inputs: [valueInfo('x', [1, 16])],
  outputs: [valueInfo('y', [1, 4])],
});

function quantize(irVersion: bigint, options: Readonly<Record<string, unknown>>, count = samples.length) {
  const listed = initializers.map(({ name, dims }) => valueInfo(name!, dims.map(Number)));
  const given = model({ ...net, inputs: [...net.inputs, ...listed] }, { irVersion });
  const data: CalibrationData = {
    fingerprint: '',
    samples: count,
    async *feeds() {
      yield* samples.slice(0, count);
    },
  };
  return quantizeStatic.run(given, resolveOptions(quantizeStatic, options), passContext({ inference, data }));
}

it.each([3n, 8n])('leaves initializers that are inputs as they are, with IR version %s', async (irVersion) => {
  const { model: floats } = await quantize(irVersion, {});
  const { model: integers } = await quantize(irVersion, { integerEnds: true });
  expect(checkModel(integers)).toEqual([]);
  const held = new Map(integers.graph!.initializers.map(({ name, dataType }) => [name, dataType]));
  for (const { name, type } of integers.graph!.inputs) {
    expect(type?.elementType).toBe(name === 'x' ? DataType.uint8 : (held.get(name) ?? DataType.float32));
  }
  const { signal } = new AbortController();
  const [wanted, found] = await Promise.all(
    [floats, integers].map(async (each) => (await runOnce(inference, signal, each, samples[7]!))['y']!.data),
  );
  expect(found).toEqual(wanted);
});

it('says that the ranges come from few samples, and nothing of enough', async () => {
  const few = await quantize(8n, {}, 8);
  expect(few.sentence).toMatch(/The ranges come from only 8 samples, .*Use 32 or more/);
  expect((await quantize(8n, {}, 32)).sentence ?? '').not.toContain('The ranges come from');
});
