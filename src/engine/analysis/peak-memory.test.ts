import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import type { Graph, Model } from '../onnx/graph';
import { inferModel } from '../onnx/infer';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { estimatePeakMemory } from './peak-memory';

const estimate = (main: Model, dimensions = {}) => estimatePeakMemory(main, inferModel(main, { dimensions }));
const build = (parts: Partial<Graph>) => model(graph(parts));

describe('estimatePeakMemory', () => {
  it('frees a value after its last reader, holds inputs and outputs, and leaves weights out', () => {
    // x 400 bytes to the end; a 400 until b; b 1,600 until c; c 400 to the end.
    const main = build({
      nodes: [
        node('Relu', ['x'], ['a'], {}, { name: 'first' }),
        node('Concat', ['a', 'a', 'a', 'w'], ['b'], { axis: 0n }, { name: 'second' }),
        node('ReduceSum', ['b'], ['c'], { keepdims: 0n }, { name: 'third' }),
      ],
      initializers: [floatTensor('w', [100], new Float32Array(100))],
      inputs: [valueInfo('x', [100])],
      outputs: [valueInfo('c', [])],
    });
    expect(estimate(main)).toEqual({
      peak: {
        bytes: 400 + 400 + 1600,
        node: 'graph/second',
        alive: [
          { name: 'b', bytes: 1600 },
          { name: 'x', bytes: 400 },
          { name: 'a', bytes: 400 },
        ],
        aliveCount: 3,
        bytesByNode: [400 + 400, 400 + 400 + 1600, 400 + 1600 + 4],
      },
    });
  });

  it('keeps a value that is read again much later', () => {
    const chain = (last: string) =>
      build({
        nodes: [
          node('Relu', ['x'], ['skip']),
          node('Relu', ['skip'], ['a']),
          node('Relu', ['a'], ['b']),
          node('Relu', ['b'], ['c']),
          node('Add', ['c', last], ['y']),
        ],
        inputs: [valueInfo('x', [10])],
        outputs: [valueInfo('y', null)],
      });
    expect(estimate(chain('skip')).peak!.bytes).toBe(4 * 40);
    expect(estimate(chain('c')).peak!.bytes).toBe(3 * 40);
  });

  it('sizes values by the width of their type, and packed values by their packed bytes', () => {
    const main = build({
      nodes: [node('Cast', ['x'], ['y'], { to: BigInt(DataType.int4) })],
      inputs: [valueInfo('x', [5], DataType.float16)],
      outputs: [valueInfo('y', [5], DataType.int4)],
    });
    expect(estimate(main).peak!.bytes).toBe(10 + 3);
  });

  it('adds the peak of the larger branch while the node that holds it runs', () => {
    const branch = (nodes: number): Graph =>
      graph({
        nodes: Array.from({ length: nodes }, (_, index) =>
          node('Relu', [index === 0 ? 'x' : `t${nodes}.${index - 1}`], [`t${nodes}.${index}`]),
        ),
        outputs: [valueInfo(`t${nodes}.${nodes - 1}`, null)],
      });
    const main = build({
      nodes: [node('If', ['c'], ['y'], { then_branch: branch(1), else_branch: branch(3) }, { name: 'choice' })],
      inputs: [valueInfo('x', [10]), valueInfo('c', [], DataType.bool)],
      outputs: [valueInfo('y', [10])],
    });
    // x, c and y outside; inside two of the chain at once.
    const graphInside = 'graph/choice.else_branch';
    expect(estimate(main).peak).toEqual({
      bytes: 40 + 1 + 40 + 80,
      node: 'graph/choice',
      alive: [
        { name: 'x', bytes: 40 },
        { name: 'y', bytes: 40 },
        { name: 't3.0', bytes: 40, graph: graphInside },
        { name: 't3.1', bytes: 40, graph: graphInside },
        { name: 'c', bytes: 1 },
      ],
      aliveCount: 5,
      bytesByNode: [40 + 1 + 40 + 80],
    });
  });

  it('gives a reason instead of a number while a size is open', () => {
    const main = build({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [valueInfo('x', ['N', 4])],
      outputs: [valueInfo('y', null)],
    });
    expect(estimate(main)).toEqual({
      peak: null,
      reason: 'The size of "x" is unknown: the size of the input "x" has free dimensions without sizes.',
    });
    expect(estimate(main, { N: 2 }).peak!.bytes).toBe(64);
  });

  it('does not take longer than a straight walk on a graph of 20,000 nodes', () => {
    const nodes = Array.from({ length: 20_000 }, (_, index) => node('Relu', ['x'], [`y${index}`]));
    const outputs = nodes.map(({ outputs: [name] }) => valueInfo(name!, null));
    const main = build({ nodes, inputs: [valueInfo('x', [1])], outputs });
    expect(estimate(main).peak).toMatchObject({ bytes: 4 + 20_000 * 4, aliveCount: 20_001 });
  });
});
