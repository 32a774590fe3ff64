import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Graph } from '../onnx/graph';
import { describeCost } from '../report/describe-cost';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { inspect } from './inspect';

const file = { name: 'model.onnx', sizeBytes: 0, sha256: '' };

const weight = (rows: number, columns: number) =>
  floatTensor(
    'w',
    [rows, columns],
    Array.from({ length: rows * columns }, () => 1),
  );

function costOf(parts: Partial<Graph>, dimensions = {}) {
  const main = graph({ inputs: [valueInfo('x', ['N', 3])], initializers: [weight(3, 4)], ...parts });
  const outputs = [valueInfo(main.nodes.at(-1)!.outputs[0]!, null)];
  return inspect(model({ ...main, outputs }), file, { dimensions });
}

describe('why a cost is not known', () => {
  it('names the input that is open, however far from it', () => {
    const nodes = [node('Relu', ['x'], ['r']), node('MatMul', ['r', 'w'], ['y'])];
    expect(costOf({ nodes }).unknown.macs).toBe('the size of the input "x" has free dimensions without sizes');
    expect(costOf({ nodes }, { N: 2 }).unknown).toEqual({ macs: null, flops: null, bytes: null });
  });

  it('names the value that depends on the data', () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('NonZero', ['r'], ['n']),
      node('Cast', ['n'], ['c'], { to: BigInt(DataType.float32) }),
      node('MatMul', ['w', 'c'], ['y']),
    ];
    const initializers = [weight(4, 2)];
    expect(costOf({ nodes, initializers }, { N: 2 }).unknown.macs).toBe(
      'the size of "n" of NonZero (graph/NonZero_1) depends on the data',
    );
  });

  it('names the operator that nothing is known of, and leaves it out of totals in so many words', () => {
    const nodes = [node('Foo', ['x'], ['f'], {}, { domain: 'cust' }), node('MatMul', ['f', 'w'], ['y'])];
    const noRule = 'Pareto does not know the operator cust.Foo (graph/Foo_0)';
    const unknown = costOf({ nodes }, { N: 2 });
    expect(unknown.unknown.macs).toBe(noRule);
    expect(unknown.peakActivationUnknown).toBe(`The size of "f" is unknown: ${noRule}.`);
    const declared = costOf({ nodes, valueInfos: [valueInfo('f', ['N', 3])] }, { N: 2 });
    expect(declared.uncountedOperators).toEqual(['cust.Foo']);
    expect(describeCost(declared, 'macs')).toBe('24, without cust.Foo, whose cost Pareto does not know');
    expect(describeCost(declared, 'bytes')).toMatch(/^152\sbytes$/);
  });

  it('searches graphs inside nodes and distinguishes loop counts from the cost of the body', () => {
    const turn = valueInfo('i', [], DataType.int64);
    const goOn = valueInfo('go', [], DataType.bool);
    const body = graph({
      inputs: [turn, goOn, valueInfo('s', [3, 3])],
      nodes: [node('Identity', ['go'], ['on']), node('Relu', ['s'], ['t'])],
      outputs: [valueInfo('on', [], DataType.bool), valueInfo('t', [3, 3])],
    });
    const inputs = [valueInfo('x', [3, 3]), valueInfo('m', [], DataType.int64)];
    const loop = node('Loop', ['m', '', 'x'], ['y'], { body });
    expect(costOf({ inputs, nodes: [loop] }).unknown.flops).toBe(
      'how often Loop (graph/Loop_0) runs its graph depends on the data',
    );
    const foreign = {
      ...body,
      nodes: [body.nodes[0]!, node('Foo', ['s'], ['t'], {}, { domain: 'cust' })],
      outputs: [body.outputs[0]!, valueInfo('t', null)],
    };
    const { unknown } = costOf({
      inputs,
      nodes: [{ ...loop, attributes: node('', [], [], { body: foreign }).attributes }],
    });
    expect(unknown.bytes).toBe('Pareto does not know the operator cust.Foo (graph/Loop_0.body/Foo_1)');
  });

  it('calls no element and no sequence an open size', () => {
    const strings = costOf({ inputs: [valueInfo('x', [2], DataType.string)], nodes: [node('Identity', ['x'], ['y'])] });
    expect(strings.unknown.bytes).toBe('elements of the input "x" have no size of their own');
    const split = costOf({ inputs: [valueInfo('x', [2])], nodes: [node('SplitToSequence', ['x'], ['y'])] });
    expect(split.unknown.bytes).toBe(
      '"y" of SplitToSequence (graph/SplitToSequence_0) is a sequence, which is not counted',
    );
  });
});
