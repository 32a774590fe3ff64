import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import type { Node, Tensor } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../onnx/testing/build';
import { getAttributeFloat, getAttributeInt } from '../../../onnx/traverse';
import { fuseLayerNormalization } from './fuse-layer-normalization';
import { operators, simplified } from '../testing/simplified.runtime';

const numbers = (count: number, seed: number) =>
  Array.from({ length: count }, (_, index) => Math.sin(index + seed) + 1.5);

interface Form {
  readonly nodes: readonly Node[];
  readonly opset?: number;
  readonly initializers?: readonly Tensor[];
  readonly input?: readonly (number | string)[];
  readonly elementType?: number;
}

const common = [
  floatTensor('one', [], [1]),
  floatTensor('two', [], [2]),
  floatTensor('half', [], [0.5]),
  floatTensor('minusHalf', [1], [-0.5]),
  floatTensor('epsilon', [], [1e-3]),
  floatTensor('scale', [8], numbers(8, 1)),
  floatTensor('bias', [8], numbers(8, 2)),
  int64Tensor('last', [1], [-1]),
];

const build = ({ nodes, opset = 17, initializers = common, input = ['N', 5, 8], elementType = 1 }: Form) => {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  return model(
    graph({
      nodes,
      initializers: initializers.filter(({ name }) => used.has(name!)),
      inputs: [valueInfo('x', input, elementType)],
      outputs: [
        valueInfo(
          'y',
          input.map(() => null),
          elementType,
        ),
      ],
    }),
    { opset },
  );
};

/** A mean over the last axis, as the operator set has it. */
const mean = (from: string, to: string, opset = 17, axes: readonly bigint[] = [-1n], keepdims = 1n) =>
  opset < 18
    ? node('ReduceMean', [from], [to], { axes, keepdims })
    : node('ReduceMean', [from, 'last'], [to], { keepdims });

const centered = (x = 'x', opset = 17) => [mean(x, 'm', opset), node('Sub', [x, 'm'], ['d'])];
const squared = (d = 'd', opset = 17) => [
  node('Pow', [d, 'two'], ['s']),
  mean('s', 'v', opset),
  node('Add', ['v', 'epsilon'], ['e']),
];
const root = [node('Sqrt', ['e'], ['r']), node('Div', ['d', 'r'], ['n'])];
const affine = [node('Mul', ['n', 'scale'], ['g']), node('Add', ['bias', 'g'], ['y'])];
const named = (nodes: readonly Node[], from: string, to: string) =>
  nodes.map((each) => ({ ...each, outputs: each.outputs.map((name) => (name === from ? to : name)) }));

const forms: readonly [string, Form][] = [
  ['Pow, Sqrt and Div, scale and bias', { nodes: [...centered(), ...squared(), ...root, ...affine] }],
  ['axes as an input', { nodes: [...centered('x', 18), ...squared('d', 18), ...root, ...affine], opset: 18 }],
  ['neither scale nor bias', { nodes: [...centered(), ...squared(), ...named(root, 'n', 'y')] }],
  [
    'd·d, a reciprocal root, and a scale of another rank',
    {
      nodes: [
        ...centered(),
        node('Mul', ['d', 'd'], ['s']),
        mean('s', 'v'),
        node('Add', ['epsilon', 'v'], ['e']),
        node('Sqrt', ['e'], ['r']),
        node('Reciprocal', ['r'], ['i']),
        node('Mul', ['i', 'd'], ['n']),
        node('Mul', ['n', 'wide'], ['y']),
      ],
      initializers: [...common, floatTensor('wide', [1, 1, 8], numbers(8, 3))],
    },
  ],
  [
    '1 ÷ root, and one number as scale',
    {
      nodes: [
        ...centered(),
        ...squared(),
        node('Pow', ['e', 'half'], ['r']),
        node('Div', ['one', 'r'], ['i']),
        node('Mul', ['d', 'i'], ['n']),
        node('Mul', ['n', 'two'], ['y']),
      ],
    },
  ],
  [
    'the power of −½, and a scale that is computed',
    {
      nodes: [
        ...centered(),
        ...squared(),
        node('Pow', ['e', 'minusHalf'], ['i']),
        node('Mul', ['d', 'i'], ['n']),
        node('Neg', ['scale'], ['c']),
        node('Mul', ['n', 'c'], ['y']),
      ],
    },
  ],
  [
    'the last two axes',
    {
      nodes: [
        mean('x', 'm', 17, [2n, -2n]),
        node('Sub', ['x', 'm'], ['d']),
        node('Pow', ['d', 'two'], ['s']),
        mean('s', 'v', 17, [-1n, -2n]),
        node('Add', ['v', 'epsilon'], ['e']),
        ...root,
        node('Mul', ['n', 'both'], ['y']),
      ],
      initializers: [...common, floatTensor('both', [5, 8], numbers(40, 4))],
    },
  ],
];

const meanSquare = [
  node('Pow', ['x', 'two'], ['s']),
  mean('s', 'v', 23),
  node('Add', ['v', 'epsilon'], ['e']),
  node('Sqrt', ['e'], ['r']),
];

describe('fuse-layer-normalization', () => {
  it.each(forms)('makes LayerNormalization of %s', async (_name, form) => {
    const { model: result, refusals } = await simplified(build(form), fuseLayerNormalization);
    const fused = result.graph!.nodes.find(({ opType }) => opType === 'LayerNormalization')!;
    expect(operators(result).filter((name) => name !== 'Neg')).toEqual(['LayerNormalization']);
    expect(fused.outputs).toEqual(['y']);
    expect(getAttributeFloat(fused, 'epsilon')).toBe(Math.fround(1e-3));
    expect(refusals).toEqual([]);
  });

  it('says which opset that needs', async () => {
    const original = build({ ...forms[0]![1], opset: 16 });
    const { model: result, refusals } = await simplified(original, fuseLayerNormalization);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([
      { path: 'graph/Div_6', op: 'Div', code: 'needs-opset', reason: expect.stringContaining('from opset 17 on') },
    ]);
  });

  it('counts the axis from the end', async () => {
    const { model: result } = await simplified(build(forms[6]![1]), fuseLayerNormalization);
    expect(getAttributeInt(result.graph!.nodes[0]!, 'axis')).toBe(-2);
  });

  it('leaves out the Casts around a float16 model', async () => {
    const half = (name: string, values: readonly number[]) =>
      createTensor({
        name,
        dataType: DataType.float16,
        dims: [values.length],
        bytes: float32ToFloat16(Float32Array.from(values)),
      });
    const nodes = [
      node('Cast', ['x'], ['f'], { to: 1n }),
      ...centered('f'),
      ...squared(),
      ...root,
      node('Cast', ['n'], ['c'], { to: 10n }),
      node('Mul', ['c', 'scale'], ['g']),
      node('Add', ['g', 'bias'], ['y']),
    ];
    const initializers = [...common.slice(0, 5), half('scale', numbers(8, 1)), half('bias', numbers(8, 2))];
    const original = build({ nodes, initializers, elementType: DataType.float16 });
    const { model: result } = await simplified(original, fuseLayerNormalization, { precision: 'float16' });
    // The first Cast has no reader left.
    expect(result.graph!.nodes.at(-1)).toMatchObject({
      opType: 'LayerNormalization',
      inputs: ['x', 'scale', 'bias'],
      outputs: ['y'],
    });
    expect(operators(result)).toEqual(['Cast', 'LayerNormalization']);
  });

  it('makes RMSNormalization of a normalization without mean, from opset 23 on', async () => {
    const nodes = [...meanSquare, node('Div', ['x', 'r'], ['n']), node('Mul', ['scale', 'n'], ['y'])];
    const { model: result } = await simplified(build({ nodes, opset: 23 }), fuseLayerNormalization);
    expect(operators(result)).toEqual(['RMSNormalization']);
    expect(result.graph!.nodes[0]!.inputs).toEqual(['x', 'scale']);
    const newest = await simplified(build({ nodes, opset: 25 }), fuseLayerNormalization);
    expect(operators(newest.model)).toEqual(['RMSNormalization']);
    const original = build({ nodes, opset: 18 });
    const older = await simplified(original, fuseLayerNormalization);
    expect(older.model).toBe(original);
    expect(older.refusals).toMatchObject([
      { code: 'needs-opset', reason: expect.stringContaining('RMSNormalization') },
    ]);
  });

  it('leaves a bias of RMS normalization outside', async () => {
    const nodes = [
      ...meanSquare,
      node('Div', ['x', 'r'], ['n']),
      node('Mul', ['n', 'scale'], ['g']),
      node('Add', ['g', 'bias'], ['y']),
    ];
    const { model: result } = await simplified(build({ nodes, opset: 23 }), fuseLayerNormalization);
    expect(operators(result)).toEqual(['RMSNormalization', 'Add']);
  });

  it.each<[string, Form]>([
    [
      'axes that are not the last ones',
      {
        nodes: [
          mean('x', 'm', 17, [1n]),
          node('Sub', ['x', 'm'], ['d']),
          node('Pow', ['d', 'two'], ['s']),
          mean('s', 'v', 17, [1n]),
          node('Add', ['v', 'epsilon'], ['e']),
          ...named(root, 'n', 'y'),
        ],
      },
    ],
    [
      'a mean of the squares that something else reads',
      { nodes: [...centered(), ...squared(), ...root, node('Add', ['n', 'v'], ['y'])] },
    ],
    [
      'another power',
      {
        nodes: [
          ...centered(),
          node('Abs', ['d'], ['a']),
          node('Pow', ['a', 'two'], ['s']),
          mean('s', 'v'),
          node('Add', ['v', 'epsilon'], ['e']),
          ...named(root, 'n', 'y'),
        ],
      },
    ],
    [
      'sizes that are open, where nothing scales',
      { nodes: [...centered(), ...squared(), ...named(root, 'n', 'y')], input: ['N', 5, 'C'] },
    ],
    ['double precision', { nodes: doubleForm(), initializers: doubles(), elementType: DataType.float64 }],
  ])('leaves %s', async (_name, form) => {
    const original = build(form);
    const { model: result, refusals } = await simplified(original, fuseLayerNormalization);
    expect(result).toBe(original);
    expect(refusals).toEqual([]);
  });

  it('leaves a scale outside that does not lie along the axes', async () => {
    const nodes = [...centered(), ...squared(), ...root, node('Mul', ['n', 'rows'], ['y'])];
    const initializers = [...common, floatTensor('rows', [5, 1], numbers(5, 3))];
    const { model: result } = await simplified(build({ nodes, initializers }), fuseLayerNormalization);
    expect(operators(result)).toEqual(['LayerNormalization', 'Mul']);
  });

  it('leaves a node that is scaled by its own value, which would be removed', async () => {
    const nodes = [...centered(), ...squared(), ...root, node('Mul', ['n', 'd'], ['y'])];
    const original = build({ nodes, input: [8] });
    expect((await simplified(original, fuseLayerNormalization)).model).toBe(original);
  });
});

function doubleForm(): readonly Node[] {
  return [...centered(), ...squared(), ...named(root, 'n', 'y')];
}

function doubles(): readonly Tensor[] {
  return (['two', 'epsilon'] as const).map((name) =>
    createTensor({ name, dataType: DataType.float64, dims: [], bytes: Float64Array.of(name === 'two' ? 2 : 1e-3) }),
  );
}
