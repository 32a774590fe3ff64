import { expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from './quantize-static';

const random = createSeededRandom(4);
const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next() - 0.45),
  );
const inference = createInProcessInference();

/** A Conv in two groups, a Relu that goes, and a Gemm whose matrix is stored by columns. */
const picture = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w', 'b'], ['c'], { group: 2n, pads: [1n, 1n, 1n, 1n] }, { name: 'first' }),
      node('Relu', ['c'], ['r']),
      node('Flatten', ['r'], ['f']),
      node('Gemm', ['f', 'u', 'v'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [weight('w', 4, 2, 3, 3), weight('b', 4), weight('u', 64, 8), weight('v', 8)],
    inputs: [valueInfo('x', [1, 4, 4, 4])],
    outputs: [valueInfo('y', [1, 8])],
  }),
);

/** Neighbors are alike. */
function pixels(seed: number): Feeds {
  const own = createSeededRandom(seed);
  let value = own.next();
  const data = Float32Array.from({ length: 64 }, () => (value = 0.7 * value + 0.3 * own.next()));
  return { x: { dtype: 'float32', dims: [1, 4, 4, 4], data } };
}
const data: CalibrationData = {
  fingerprint: '',
  samples: 32,
  async *feeds() {
    for (let seed = 50; seed < 82; seed += 1) yield pixels(seed);
  },
};

const quantize = (options: OptionValues) =>
  quantizeStatic.run(picture, resolveOptions(quantizeStatic, options), passContext({ inference, data }));

/** The samples are new to the pass. */
async function outputsOf(given: Model): Promise<readonly number[]> {
  const session = await inference.open(new AbortController().signal, given);
  const outputs: number[] = [];
  for (let seed = 1; seed <= 12; seed += 1) {
    outputs.push(...((await session.run(pixels(seed)))['y']!.data as Float32Array));
  }
  session.close();
  return outputs;
}

async function errorOf(small: Model): Promise<number> {
  const [wanted, got] = [await outputsOf(picture), await outputsOf(small)];
  return wanted.reduce((sum, value, at) => sum + (value - got[at]!) ** 2, 0);
}

it('learns integers of 4 bits with far less loss and equal scales, and QOperator in 8', async () => {
  const nearest = await quantize({ weightType: 'int4' });
  const learned = await quantize({ weightType: 'int4', rounding: 'adaround' });
  expect(checkModel(learned.model)).toEqual([]);
  expect(learned.model.graph!.nodes).toEqual(nearest.model.graph!.nodes);
  const scalesOf = ({ graph: main }: Model) => main!.initializers.filter(({ name }) => name!.endsWith('_scale'));
  expect(scalesOf(learned.model).filter(({ name }) => /^[wu]_/.test(name!))).toEqual(
    scalesOf(nearest.model).filter(({ name }) => /^[wu]_/.test(name!)),
  );
  expect(await errorOf(learned.model)).toBeLessThan((await errorOf(nearest.model)) * 0.8);
  const qdq = await quantize({ rounding: 'adaround' });
  const qoperator = await quantize({ rounding: 'adaround', format: 'qoperator' });
  const integersOf = ({ graph: main }: Model) => main!.initializers.find(({ name }) => name === 'u_quantized')!;
  expect(integersOf(qoperator.model)).toEqual(integersOf(qdq.model));
  expect(inference.sessions.open).toBe(0);
});
