import { describe, expect, it } from 'vitest';
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Node } from '../../../onnx/graph';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, node } from '../../../onnx/testing/build';
import { writeFloats } from '../float-tensor';
import { operators } from '../testing/simplified.runtime';
import { chain, merged, untouched } from './testing/merged-chain.runtime';

describe('mergeBounds', () => {
  it.each<[string, readonly Node[], readonly number[], string]>([
    ['Relu, Relu', [node('Relu', ['x'], ['a']), node('Relu', ['a'], ['y'])], [], 'Relu'],
    ['Relu, Clip', [node('Relu', ['x'], ['a']), node('Clip', ['a', 'low', 'high'], ['y'])], [-0.5, 0.5], 'Clip'],
    ['Clip, Relu', [node('Clip', ['x', 'low', 'high'], ['a']), node('Relu', ['a'], ['y'])], [-0.5, 0.5], 'Clip'],
    ['Clip of a side, Relu', [node('Clip', ['x', 'low'], ['a']), node('Relu', ['a'], ['y'])], [-0.5, 0.5], 'Clip'],
    [
      'Clip, Clip that overlap',
      [node('Clip', ['x', 'low', 'high'], ['a']), node('Clip', ['a', 'low2', 'high2'], ['y'])],
      [-0.5, 0.2, -0.1, 0.7],
      'Clip',
    ],
    [
      'Clip, Clip that do not meet',
      [node('Clip', ['x', 'low', 'high'], ['a']), node('Clip', ['a', 'low2', 'high2'], ['y'])],
      [-0.5, 0.2, 0.3, 0.7],
      'Clip',
    ],
  ])('makes one of %s', async (_name, nodes, bounds, expected) => {
    const initializers = bounds.map((bound, index) =>
      floatTensor(['low', 'high', 'low2', 'high2'][index]!, [], [bound]),
    );
    expect(operators(await merged(chain(nodes, { initializers })))).toEqual([expected]);
  });

  it('keeps infinite results that Relu gives and Clip does not', async () => {
    const infinite = (last: Node) =>
      chain([node('Mul', ['x', 'huge'], ['a']), node('Mul', ['a', 'huge'], ['b']), node('Relu', ['b'], ['c']), last], {
        initializers: [floatTensor('huge', [], [3e38])],
      });
    expect(operators(await merged(infinite(node('Clip', ['c'], ['y']))))).toEqual(['Mul', 'Mul', 'Clip']);
    expect(operators(await merged(infinite(node('Relu', ['c'], ['y']))))).toEqual(['Mul', 'Mul', 'Relu']);
  });

  it.each<[string, readonly Node[]]>([
    ['Clip, Clip', [node('Clip', ['b', 'low', 'infinite'], ['c']), node('Clip', ['c', 'high', 'infinite'], ['y'])]],
    ['Relu, Clip', [node('Relu', ['b'], ['c']), node('Clip', ['c', 'high', 'infinite'], ['y'])]],
    ['below', [node('Clip', ['b', 'negative', 'high'], ['c']), node('Clip', ['c', 'negative', 'low'], ['y'])]],
  ])('keeps a bound that is given as infinite: %s', async (_name, nodes) => {
    const bounds = { low: -0.5, high: 0.5, infinite: Infinity, negative: -Infinity };
    const made = (values: Readonly<Record<string, number>>, type: DataTypeCode) =>
      Object.entries(values).map(([name, value]) => ({
        ...writeFloats(
          createTensor({ dataType: type, dims: [], bytes: new Uint8Array(0) }),
          [],
          Float64Array.of(value),
        ),
        name,
      }));
    for (const [type, huge] of [
      [DataType.float32, 3e38],
      [DataType.float16, 6e4],
      [DataType.float64, 1e308],
    ] as const) {
      const original = chain([node('Mul', ['x', 'huge'], ['a']), node('Mul', ['a', 'huge'], ['b']), ...nodes], {
        initializers: made({ ...bounds, huge }, type),
        types: [type, type],
      });
      expect(operators(await merged(original))).toEqual(['Mul', 'Mul', 'Clip']);
    }
  });

  it('writes the largest number if it is a bound of the other side', async () => {
    const largest = 3.4028234663852886e38;
    const nodes = [node('Clip', ['x', 'low'], ['a']), node('Clip', ['a', 'large'], ['y'])];
    const initializers = [floatTensor('low', [], [-0.5]), floatTensor('large', [], [largest])];
    expect(operators(await merged(chain(nodes, { initializers })))).toEqual(['Clip']);
  });

  it('writes the bounds of older operator sets as attributes, and leaves bounds that are computed', async () => {
    const older = [node('Relu', ['x'], ['a']), node('Clip', ['a'], ['y'], { max: 0.5 })];
    const result = await merged(chain(older, { opset: 10 }));
    expect(result.graph!.nodes).toMatchObject([{ opType: 'Clip', inputs: ['x'], attributes: [{ f: 0 }, { f: 0.5 }] }]);
    const computed = [
      node('Relu', ['x'], ['a']),
      node('ReduceMax', ['x'], ['m'], { keepdims: 0n }),
      node('Clip', ['a', '', 'm'], ['y']),
    ];
    await untouched(chain(computed));
  });
});
