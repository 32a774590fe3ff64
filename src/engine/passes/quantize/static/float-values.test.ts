import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { chooseFloatValues } from './keep-close';
import { markValues } from './static-marks';
import { ValueGraph } from './value-graph';

/** Three layers, of which the first has a Relu behind it, and a gate before the third. */
const layers = model(
  graph({
    nodes: [
      node('Conv', ['x', 'w'], ['a']),
      node('Relu', ['a'], ['b']),
      node('Conv', ['b', 'w'], ['c']),
      node('Mul', ['c', 'c'], ['d']),
      node('Conv', ['d', 'w'], ['y']),
    ],
    initializers: [floatTensor('w', [1, 1, 1, 1], [1])],
    inputs: [valueInfo('x', [1, 1, 4, 4])],
    outputs: [valueInfo('y', [1, 1, 4, 4])],
  }),
);
const values = new ValueGraph(layers);
const scheme = { format: 'qdq', perChannel: true, quantizesOutputs: true, quantizesBias: true } as const;
const plan = { graph: values, ...markValues(layers.graph!.nodes, { graph: values, scheme, startsAtZero: () => true }) };
const noise = (shares: Readonly<Record<string, number>>) =>
  Object.entries(shares).map(([value, share]) => ({ values: [value], share }));

describe('chooseFloatValues', () => {
  it('takes the costliest values until the others cost little enough', () => {
    const all = noise({ x: 0.001, b: 0.002, c: 0.1, d: 0.02, y: 0.001 });
    expect([...chooseFloatValues(plan, all, 0.2)]).toEqual([]);
    expect([...chooseFloatValues(plan, all, 0.03)]).toEqual([['c', 0.1]]);
    expect([...chooseFloatValues(plan, all, 0.01)].slice(0, 2)).toEqual([
      ['c', 0.1],
      ['d', 0.02],
    ]);
  });

  it('rather takes a value between layers than one that takes its integers from a layer', () => {
    const pair = model(
      graph({
        nodes: [
          node('Conv', ['x', 'w'], ['a']),
          node('Mul', ['a', 'a'], ['b']),
          node('Mul', ['b', 'b'], ['c']),
          node('Conv', ['c', 'w'], ['y']),
        ],
        initializers: [floatTensor('w', [1, 1, 1, 1], [1])],
        inputs: [valueInfo('x', [1, 1, 4, 4])],
        outputs: [valueInfo('y', [1, 1, 4, 4])],
      }),
    );
    const own = new ValueGraph(pair);
    const marked = markValues(pair.graph!.nodes, { graph: own, scheme, startsAtZero: () => true });
    const chosen = chooseFloatValues({ graph: own, ...marked }, noise({ a: 0.1, b: 0.1, c: 0.2 }), 0.31);
    expect([...chosen]).toEqual([['b', 0.1]]);
  });

  it('takes values with them that no integer operator would read or write', () => {
    // The last layer reads floats then: nothing computes on the integers of what it gives.
    expect([...chooseFloatValues(plan, noise({ d: 0.1 }), 0.01)]).toEqual([
      ['d', 0.1],
      ['y', null],
    ]);
  });

  it('takes the input of an absorbed Relu with its output, which would have its range', () => {
    const chosen = chooseFloatValues(plan, noise({ b: 0.1 }), 0.01);
    expect(chosen.get('a')).toBeNull();
    // The layer before computes floats, too.
    expect(chosen.get('x')).toBeNull();
    expect(chosen.has('d')).toBe(false);
  });
});
