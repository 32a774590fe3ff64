import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import type { Model, Node, Tensor } from '../../onnx/graph';
import { createTensor, readIntegers } from '../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { getAttributeInts } from '../../onnx/traverse';
import { mergeChains } from './merge-chains';
import { operators, simplified } from './testing/simplified';

type Size = number | string | null;

interface Chain {
  readonly input?: readonly Size[];
  readonly output?: readonly Size[];
  readonly initializers?: readonly Tensor[];
  readonly opset?: number;
  readonly types?: readonly [input: number, output: number];
}

/** From `x` over what the nodes do to `y`. */
const chain = (
  nodes: readonly Node[],
  { input = ['N', 4, 6], output = [null, null, null], initializers = [], opset, types = [1, 1] }: Chain = {},
): Model =>
  model(
    graph({
      nodes,
      initializers,
      inputs: [valueInfo('x', input, types[0])],
      outputs: [valueInfo('y', output, types[1])],
    }),
    { opset },
  );

const merged = async (original: Model, exact = true) =>
  (await simplified(original, mergeChains, { exact, dimensions: { N: 3, M: 5 } })).model;
const untouched = async (original: Model) => expect(await merged(original)).toBe(original);
const constantOf = (result: Model, input: number) => {
  const name = result.graph!.nodes.at(-1)!.inputs[input];
  return readIntegers(result.graph!.initializers.find((tensor) => tensor.name === name)!).map(Number);
};

describe('merge-chains of Transpose', () => {
  it('makes one of two', async () => {
    const first = node('Transpose', ['x'], ['a'], { perm: [2n, 0n, 1n] });
    const result = await merged(chain([first, node('Transpose', ['a'], ['y'], { perm: [0n, 2n, 1n] })]));
    expect(operators(result)).toEqual(['Transpose']);
    expect(getAttributeInts(result.graph!.nodes[0]!, 'perm')).toEqual([2, 1, 0]);
  });

  it('takes a Transpose away that takes another one back, even where that one is read', async () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('Transpose', ['r'], ['a']),
      node('Transpose', ['a'], ['b']),
      node('Add', ['b', 'r'], ['c']),
      node('Transpose', ['c'], ['d'], { perm: [2n, 1n, 0n] }),
      node('Add', ['d', 'a'], ['y']),
    ];
    expect(operators(await merged(chain(nodes)))).toEqual(['Relu', 'Transpose', 'Add', 'Transpose', 'Add']);
  });

  it('leaves two of which the first is read elsewhere', async () => {
    const nodes = [
      node('Transpose', ['x'], ['a'], { perm: [0n, 2n, 1n] }),
      node('Transpose', ['a'], ['b'], { perm: [2n, 1n, 0n] }),
      node('Transpose', ['b'], ['c'], { perm: [2n, 1n, 0n] }),
      node('Relu', ['b'], ['z']),
      node('Add', ['c', 'a'], ['y']),
    ];
    const original = chain(nodes);
    const two = model(
      graph({ ...original.graph!, outputs: [...original.graph!.outputs, valueInfo('z', [null, null, null])] }),
    );
    // The last one takes the second back; the other two stay.
    expect(operators(await merged(two))).toEqual(['Transpose', 'Transpose', 'Relu', 'Add']);
  });
});

describe('merge-chains of shapes', () => {
  it.each<[string, Node, Node, Chain, readonly number[]]>([
    [
      'Reshape, Reshape',
      node('Reshape', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [-1, 24]), int64Tensor('t', [3], [-1, 8, 3])] },
      [-1, 8, 3],
    ],
    [
      'Reshape, Reshape that keeps a size of the input',
      node('Reshape', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [0, 24]), int64Tensor('t', [3], [0, 2, -1])] },
      [0, 2, 12],
    ],
    [
      'Reshape, Reshape that keeps a size in between',
      node('Reshape', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [24, -1]), int64Tensor('t', [3], [0, -1, 1])] },
      [24, -1, 1],
    ],
    [
      'Unsqueeze, Reshape',
      node('Unsqueeze', ['x', 's'], ['a']),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [1], [1]), int64Tensor('t', [2], [-1, 12])], output: [null, null] },
      [-1, 12],
    ],
    [
      'Reshape, Unsqueeze',
      node('Reshape', ['x', 's'], ['a']),
      node('Unsqueeze', ['a', 't'], ['y']),
      { initializers: [int64Tensor('s', [2], [-1, 24]), int64Tensor('t', [1], [-1])] },
      [0, 24, 1],
    ],
    [
      'Flatten, Reshape',
      node('Flatten', ['x'], ['a'], { axis: 2n }),
      node('Reshape', ['a', 't'], ['y']),
      { initializers: [int64Tensor('t', [1], [-1])], output: [null] },
      [-1],
    ],
  ])('makes one Reshape of %s', async (_name, first, second, parts, target) => {
    const result = await merged(chain([first, second], parts));
    expect(operators(result)).toEqual(['Reshape']);
    expect(constantOf(result, 1)).toEqual(target);
  });

  it('leaves a Reshape whose target keeps an open size of the shape in between', async () => {
    const nodes = [node('Reshape', ['x', 's'], ['a']), node('Reshape', ['a', 't'], ['y'])];
    const initializers = [int64Tensor('s', [3], [4, -1, 5]), int64Tensor('t', [4], [0, 0, 5, 1])];
    const further = [node('Squeeze', ['x', 'axis'], ['a']), node('Reshape', ['a', 't'], ['y'])];
    await untouched(
      chain(further, {
        input: [1, 'N', 'M', 5],
        output: [null, null, null, null],
        initializers: [int64Tensor('axis', [1], [0]), int64Tensor('t', [4], [0, 0, 5, 1])],
      }),
    );
    const result = await merged(chain(nodes, { input: ['N', 4, 5], output: [null, null, null, null], initializers }));
    expect(constantOf(result, 1)).toEqual([4, -1, 5, 1]);
  });

  it('takes Squeeze and Unsqueeze away that take each other back, whatever the open sizes', async () => {
    const axes = [int64Tensor('s', [1], [1])];
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('Unsqueeze', ['r', 's'], ['a']),
      node('Squeeze', ['a', 's'], ['b']),
      node('Neg', ['b'], ['y']),
    ];
    const result = await merged(chain(nodes, { input: ['N', 'M'], output: [null, null], initializers: axes }));
    expect(operators(result)).toEqual(['Relu', 'Neg']);
  });

  it('leaves a Squeeze of other axes than those that were put in, where two sizes are open', async () => {
    const initializers = [int64Tensor('s', [1], [0]), int64Tensor('t', [1], [-1])];
    const nodes = [node('Unsqueeze', ['x', 's'], ['a']), node('Squeeze', ['a', 't'], ['y'])];
    await untouched(chain(nodes, { input: ['N', 'M', 1], output: [null, null, null], initializers }));
  });

  it.each([11, 17])('makes one Squeeze, and one Unsqueeze, of all axes in opset %i', async (opset) => {
    const isInput = opset >= 13;
    const step = (op: string, from: string, to: string, axes: readonly number[]) =>
      isInput ? node(op, [from, `${to}_axes`], [to]) : node(op, [from], [to], { axes: axes.map(BigInt) });
    const initializers = isInput
      ? [
          int64Tensor('a_axes', [1], [-1]),
          int64Tensor('b_axes', [1], [1]),
          int64Tensor('c_axes', [1], [1]),
          int64Tensor('y_axes', [2], [0, -1]),
        ]
      : [];
    const nodes = [
      step('Squeeze', 'x', 'a', [-1]),
      step('Squeeze', 'a', 'b', [1]),
      node('Relu', ['b'], ['r']),
      step('Unsqueeze', 'r', 'c', [1]),
      step('Unsqueeze', 'c', 'y', [0, -1]),
    ].map((each) =>
      opset < 13 ? { ...each, attributes: each.attributes.filter(({ name }) => name === 'axes') } : each,
    );
    const input = ['N', 1, 'M', 1];
    const output = [null, null, null, null, null];
    // ONNX Runtime takes negative axes of Unsqueeze from opset 11 on.
    const result = await merged(chain(nodes, { input, output, initializers, opset }));
    expect(operators(result)).toEqual(['Squeeze', 'Relu', 'Unsqueeze']);
    const axes = [0, 2].map((index) => {
      const each = result.graph!.nodes[index]!;
      const tensor = result.graph!.initializers.find(({ name }) => name === each.inputs[1]);
      return tensor ? readIntegers(tensor).map(Number) : getAttributeInts(each, 'axes');
    });
    expect(axes).toEqual([
      [1, 3],
      [0, 2, 4],
    ]);
  });
});

describe('merge-chains of types and bounds', () => {
  const casts = (types: readonly [number, number, number]) =>
    chain(
      [
        node('Cast', ['x'], ['f'], { to: BigInt(types[0]) }),
        node('Identity', ['f'], ['i']),
        node('Cast', ['i'], ['a'], { to: BigInt(types[1]) }),
        node('Cast', ['a'], ['y'], { to: BigInt(types[2]) }),
      ],
      { types: [DataType.float32, types[2]] },
    );

  it.each<[string, readonly [number, number, number], readonly string[]]>([
    ['back to where they came from', [DataType.float16, DataType.float32, DataType.float16], ['Cast', 'Identity']],
    ['on to a wider type', [DataType.int8, DataType.int32, DataType.int64], ['Cast', 'Identity', 'Cast']],
    ['over floats that hold them', [DataType.uint8, DataType.float32, DataType.float64], ['Cast', 'Identity', 'Cast']],
    ['of bools', [DataType.bool, DataType.float32, DataType.int64], ['Cast', 'Identity', 'Cast']],
  ])('makes one of Casts %s', async (_name, types, expected) => {
    expect(operators(await merged(casts(types)))).toEqual(expected);
  });

  it.each<[string, readonly [number, number, number]]>([
    ['to a narrower float', [DataType.float32, DataType.float16, DataType.float32]],
    ['over integers', [DataType.float32, DataType.int32, DataType.float32]],
    ['over floats that do not hold all integers', [DataType.int32, DataType.float32, DataType.int64]],
    ['over floats to integers of another range', [DataType.int8, DataType.float32, DataType.uint8]],
    ['over bool', [DataType.int32, DataType.bool, DataType.int32]],
    ['over integers without a sign', [DataType.int8, DataType.uint32, DataType.int64]],
  ])('leaves Casts %s', async (_name, types) => {
    // What a negative number becomes in a type without a sign is up to the runtime: the graph is looked at, not run.
    const original = casts(types);
    expect((await simplified(original, mergeChains)).model).toBe(original);
  });

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

describe('merge-chains of parts', () => {
  const cut = (from: string, to: string, names: string) =>
    node('Slice', [from, ...['starts', 'ends', 'axes', 'steps'].map((part) => `${names}_${part}`)], [to]);
  const numbersOf = (names: string, parts: readonly number[]) =>
    ['starts', 'ends', 'axes', 'steps'].map((part, index) => int64Tensor(`${names}_${part}`, [1], [parts[index]!]));

  it('makes one Slice of two along different axes', async () => {
    const initializers = [...numbersOf('p', [1, 4, 1, 1]), ...numbersOf('q', [-1, -9, -1, -2])];
    const result = await merged(chain([cut('x', 'a', 'p'), cut('a', 'y', 'q')], { initializers }));
    expect(operators(result)).toEqual(['Slice']);
  });

  it('makes one Slice of two in older operator sets', async () => {
    const nodes = [
      node('Slice', ['x'], ['a'], { starts: [1n], ends: [3n], axes: [2n] }),
      node('Slice', ['a'], ['y'], { starts: [0n, 1n], ends: [2n, 3n] }),
    ];
    expect(operators(await merged(chain(nodes, { opset: 9 })))).toEqual(['Slice']);
  });

  it.each([9, 13])('keeps "to the end" of two Slices as exporters write it, opset %i', async (opset) => {
    const end = 2n ** 63n - 1n;
    const cutToEnd = (from: string, to: string, axis: bigint): Node =>
      opset < 10
        ? node('Slice', [from], [to], { starts: [1n], ends: [end], axes: [axis] })
        : node('Slice', [from, 'one', 'end', `axis${axis}`], [to]);
    const initializers = [
      int64Tensor('one', [1], [1]),
      createTensor({ name: 'end', dataType: DataType.int64, dims: [1], bytes: BigInt64Array.of(end) }),
      int64Tensor('axis1', [1], [1]),
      int64Tensor('axis2', [1], [2]),
    ];
    const parts = opset < 10 ? { opset } : { opset, initializers };
    const result = await merged(chain([cutToEnd('x', 'a', 1n), cutToEnd('a', 'y', 2n)], parts));
    expect(operators(result)).toEqual(['Slice']);
  });

  it('leaves two Slices along one axis', async () => {
    const initializers = [...numbersOf('p', [0, 5, 2, 1]), ...numbersOf('q', [1, 3, -1, 1])];
    await untouched(chain([cut('x', 'a', 'p'), cut('a', 'y', 'q')], { initializers }));
  });

  it('makes one Concat of those along one axis, and leaves those that are read elsewhere or along another', async () => {
    const nodes = [
      node('Relu', ['x'], ['r']),
      node('Concat', ['x', 'r'], ['a'], { axis: 2n }),
      node('Concat', ['r', 'r'], ['b'], { axis: -1n }),
      node('Concat', ['a', 'x', 'b'], ['c'], { axis: 2n }),
      node('Concat', ['x', 'x', 'x', 'x', 'x'], ['d'], { axis: 2n }),
      node('Concat', ['c', 'd'], ['y'], { axis: 1n }),
    ];
    const result = await merged(chain(nodes));
    expect(result.graph!.nodes.map(({ opType, inputs }) => [opType, ...inputs])).toEqual([
      ['Relu', 'x'],
      ['Concat', 'x', 'r', 'x', 'r', 'r'],
      ['Concat', 'x', 'x', 'x', 'x', 'x'],
      ['Concat', 'c', 'd'],
    ]);
  });
});

describe('merge-chains of arithmetic', () => {
  const two = [floatTensor('p', [], [3]), floatTensor('q', [6], [1, 2, 3, 4, 5, 6])];

  it.each<[string, string, string]>([
    ['Mul', 'Mul', 'Mul'],
    ['Mul', 'Div', 'Mul'],
    ['Div', 'Mul', 'Mul'],
    ['Div', 'Div', 'Div'],
    ['Add', 'Add', 'Add'],
    ['Add', 'Sub', 'Add'],
    ['Sub', 'Sub', 'Sub'],
  ])('makes one of %s, %s', async (first, second, expected) => {
    const nodes = [node(first, ['x', 'p'], ['a']), node(second, ['a', 'q'], ['y'])];
    expect(operators(await merged(chain(nodes, { initializers: two }), false))).toEqual([expected]);
  });

  it.each<[string, readonly Node[], readonly Tensor[]]>([
    [
      'constants that together would be larger',
      [node('Mul', ['x', 'p'], ['a']), node('Mul', ['a', 'q'], ['y'])],
      [floatTensor('p', [4, 1], [1, 2, 3, 4]), floatTensor('q', [6], [1, 2, 3, 4, 5, 6])],
    ],
    [
      'constants that together leave the range',
      [node('Mul', ['x', 'p'], ['a']), node('Mul', ['a', 'q'], ['y'])],
      [floatTensor('p', [], [1e-30]), floatTensor('q', [], [1e-30])],
    ],
    ['a number divided by what is computed', [node('Mul', ['x', 'p'], ['a']), node('Div', ['q', 'a'], ['y'])], two],
    ['two kinds', [node('Mul', ['x', 'p'], ['a']), node('Add', ['a', 'q'], ['y'])], two],
    [
      'what is read elsewhere',
      [node('Mul', ['x', 'p'], ['a']), node('Mul', ['a', 'q'], ['b']), node('Add', ['a', 'b'], ['y'])],
      two,
    ],
  ])('leaves %s', async (_name, nodes, initializers) => {
    await untouched(chain(nodes, { initializers }));
  });
});
