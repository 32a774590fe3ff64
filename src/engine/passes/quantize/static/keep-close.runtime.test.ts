import { describe, expect, it } from 'vitest';
import { createInProcessInference } from '../../../../runtime/node/testing/in-process-inference';
import type { CalibrationData } from '../../../data/calibration-data';
import type { Feeds } from '../../../data/feeds';
import { OutputComparison } from '../../../metrics/output-match';
import { runOnce } from '../../../inference';
import { checkModel } from '../../../onnx/check';
import type { Model } from '../../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { createSeededRandom } from '../../../seeded-random';
import type { OptionValues } from '../../option-spec';
import { resolveOptions } from '../../options';
import type { TableDetail } from '../../pass-details';
import { passContext } from '../../testing/pass-context';
import { quantizeStatic } from './quantize-static';

const { signal } = new AbortController();
const inference = createInProcessInference();
const feedsOf = (seed: number): Feeds => {
  const draw = createSeededRandom(seed);
  return {
    x: { dtype: 'float32', dims: [1, 2, 4, 4], data: Float32Array.from({ length: 32 }, () => draw.next() - 0.5) },
  };
};
const data: CalibrationData = {
  fingerprint: '',
  samples: 32,
  async *feeds() {
    for (let seed = 0; seed < 32; seed += 1) yield feedsOf(seed);
  },
};

const random = createSeededRandom(5);
const weight = (name: string, ...dims: number[]) =>
  floatTensor(
    name,
    dims,
    Array.from({ length: dims.reduce((a, b) => a * b) }, () => random.next() - 0.5),
  );

/** Channels of `wide` differ in range by ten thousands, and the small ones decide: one scale for all of them loses these. */
const lopsided = model(
  graph({
    nodes: [
      node('Conv', ['x', 'a', 'e1'], ['first'], {}, { name: 'first' }),
      node('Relu', ['first'], ['r'], {}, { name: 'relu' }),
      node('Conv', ['r', 'b', 'e2'], ['wide'], {}, { name: 'widening' }),
      node('Conv', ['wide', 'c', 'e3'], ['z'], {}, { name: 'narrowing' }),
      node('Conv', ['z', 'd', 'e4'], ['y'], {}, { name: 'last' }),
    ],
    initializers: [
      weight('a', 2, 2, 1, 1),
      floatTensor('b', [2, 2, 1, 1], [40000, 30000, 0.7, -0.9]),
      floatTensor('c', [2, 2, 1, 1], [1e-8, 1, -1e-8, 2]),
      weight('d', 2, 2, 1, 1),
      ...['e1', 'e2', 'e3', 'e4'].map((name, at) => floatTensor(name, [2], [0.1 * at, 0.2])),
    ],
    inputs: [valueInfo('x', [1, 2, 4, 4])],
    outputs: [valueInfo('y', [1, 2, 4, 4])],
  }),
);

async function quantized(given: OptionValues) {
  const context = passContext({ inference, data });
  const outcome = await quantizeStatic.run(lopsided, resolveOptions(quantizeStatic, given), context);
  expect(checkModel(outcome.model)).toEqual([]);
  return { ...outcome, sqnrDb: await sqnrOf(outcome.model) };
}

/** The samples are new to the pass. */
async function sqnrOf(made: Model): Promise<number> {
  const comparison = new OutputComparison();
  for (const seed of [100, 101, 102]) {
    const [expected, found] = await Promise.all(
      [lopsided, made].map((each) => runOnce(inference, signal, each, feedsOf(seed))),
    );
    comparison.add(expected!, found!);
  }
  return comparison.result('data').sqnrDb!;
}

const opsOf = ({ graph: main }: Model, op: string) => main!.nodes.filter(({ opType }) => opType === op).length;

describe('quantize-static, to stay close', () => {
  it('leaves the value float32 that costs most, with its weights as integers, and says why', async () => {
    const [everywhere, close] = [await quantized({ closeness: 0 }), await quantized({})];
    expect(everywhere.sqnrDb).toBeLessThan(23);
    expect(close.sqnrDb).toBeGreaterThan(35);
    expect(close.model.graph!.initializers.map(({ name }) => name)).toContain('b_quantized');
    expect(opsOf(close.model, 'QuantizeLinear')).toBeLessThan(opsOf(everywhere.model, 'QuantizeLinear'));
    const left = close.refusals.filter(({ code }) => code === 'costs-most');
    expect(left.map(({ path }) => path)).toEqual(['graph/widening', 'graph/narrowing']);
    expect(left[0]!.reason).toMatch(/^A value that it reads or computes would lose too much accuracy as integers/);
    const { rows } = close.details!['floats'] as TableDetail;
    expect(rows.map(([value]) => value)).toEqual(['wide']);
    expect(rows[0]![1]).toBeCloseTo(everywhere.sqnrDb, -1);
    expect(close.changes).toContainEqual({
      path: 'graph/widening',
      op: 'Conv',
      what: 'Integer weights, float32 computation',
    });
    expect(close.changes).toContainEqual({ path: 'graph/last', op: 'Conv', what: 'Computes in integers' });
    expect(close.sentence).toMatch(
      /^Fully int8, the outputs would have an SQNR of .* With 1 value in float32 it is .*\sdB\.$/,
    );
  });

  it('keeps operators of integers close, too', async () => {
    const { sqnrDb, model: made, changes } = await quantized({ format: 'qoperator' });
    expect(sqnrDb).toBeGreaterThan(24);
    expect(opsOf(made, 'QLinearConv')).toBe(2);
    // The model has no integers of weights that no node reads.
    const read = new Set(made.graph!.nodes.flatMap(({ inputs }) => inputs));
    expect(made.graph!.initializers.filter(({ name }) => !read.has(name!))).toEqual([]);
    expect(changes.map(({ path }) => path)).not.toContain('graph/widening');
  });

  it('changes nothing if integers everywhere are close enough', async () => {
    const [everywhere, close] = [await quantized({ closeness: 0 }), await quantized({ closeness: 5 })];
    expect(close.model).toEqual(everywhere.model);
    expect(close.sentence).toBeUndefined();
  });

  it('reports weights as the cause of the error', async () => {
    const { sentence } = await quantized({ closeness: 40, weightType: 'int4', perChannel: false });
    expect(sentence).toMatch(
      /^Fully int8, the outputs have an SQNR of .*\. Keeping values in float32 does not improve it\.$/,
    );
  });
});
