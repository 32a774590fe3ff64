import { describe, expect, it } from 'vitest';
import { DataType } from '../../../onnx/data-type';
import type { Node } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { getAttributeFloat } from '../../../onnx/traverse';
import { fuseActivations } from './fuse-activations';
import { operators, simplified } from '../testing/simplified.runtime';

const constants: Readonly<Record<string, number>> = {
  zero: 0,
  half: 0.5,
  one: 1,
  two: 2,
  three: 3,
  six: 6,
  sixth: 1 / 6,
  root2: Math.SQRT2,
  invRoot2: Math.SQRT1_2,
  cubic: 0.044715,
  rootPi: Math.sqrt(2 / Math.PI),
  quick: 1.702,
};

const build = (nodes: readonly Node[], opset: number, elementType: number = DataType.float32) => {
  const used = new Set(nodes.flatMap(({ inputs }) => inputs));
  const initializers = Object.entries(constants)
    .filter(([name]) => used.has(name))
    .map(([name, value]) =>
      elementType === DataType.float16
        ? createTensor({ name, dataType: elementType, dims: [], bytes: float32ToFloat16(Float32Array.of(value)) })
        : floatTensor(name, [], [value]),
    );
  // Inputs of −1 to 1 alone would leave the bounds of a gate untried.
  const spread = node('Mul', ['input', 'six'], ['x']);
  return model(
    graph({
      nodes: [spread, ...nodes],
      initializers: used.has('six') ? initializers : [...initializers, ...six(elementType)],
      inputs: [valueInfo('input', ['N', 64], elementType)],
      outputs: [valueInfo('y', [null, null], elementType)],
    }),
    { opset },
  );
};
const six = (elementType: number) =>
  elementType === DataType.float16
    ? [createTensor({ name: 'six', dataType: elementType, dims: [], bytes: float32ToFloat16(Float32Array.of(6)) })]
    : [floatTensor('six', [], [6])];

const relu6 = [node('Add', ['x', 'three'], ['a']), node('Clip', ['a', 'zero', 'six'], ['c'])];

const hardSwishes: readonly [string, readonly Node[]][] = [
  ['x·clip ÷ 6', [...relu6, node('Mul', ['x', 'c'], ['m']), node('Div', ['m', 'six'], ['y'])]],
  ['x·clip × ⅙', [...relu6, node('Mul', ['c', 'x'], ['m']), node('Mul', ['m', 'sixth'], ['y'])]],
  ['x·(clip ÷ 6)', [...relu6, node('Div', ['c', 'six'], ['d']), node('Mul', ['x', 'd'], ['y'])]],
  ['(x ÷ 6)·clip', [...relu6, node('Div', ['x', 'six'], ['d']), node('Mul', ['d', 'c'], ['y'])]],
  [
    'x·clip(x ÷ 6 + ½)',
    [
      node('Mul', ['x', 'sixth'], ['s']),
      node('Add', ['half', 's'], ['a']),
      node('Clip', ['a', 'zero', 'one'], ['c']),
      node('Mul', ['x', 'c'], ['y']),
    ],
  ],
];

const erf = [node('Div', ['x', 'root2'], ['d']), node('Erf', ['d'], ['e']), node('Add', ['e', 'one'], ['a'])];
const tanh = (argument: readonly Node[]) => [
  ...argument,
  node('Tanh', ['u'], ['t']),
  node('Add', ['one', 't'], ['a']),
  node('Mul', ['x', 'half'], ['h']),
  node('Mul', ['h', 'a'], ['y']),
];

const gelus: readonly [string, readonly Node[]][] = [
  ['erf: x·(1 + erf)·½', [...erf, node('Mul', ['x', 'a'], ['m']), node('Mul', ['m', 'half'], ['y'])]],
  ['erf: x·½·(1 + erf)', [...erf, node('Mul', ['x', 'half'], ['h']), node('Mul', ['h', 'a'], ['y'])]],
  ['erf: x·(½·(1 + erf))', [...erf, node('Mul', ['a', 'half'], ['h']), node('Mul', ['x', 'h'], ['y'])]],
  [
    'erf of x × 1/√2, (1 + erf) ÷ 2',
    [
      node('Mul', ['x', 'invRoot2'], ['d']),
      node('Erf', ['d'], ['e']),
      node('Add', ['one', 'e'], ['a']),
      node('Div', ['a', 'two'], ['h']),
      node('Mul', ['h', 'x'], ['y']),
    ],
  ],
  [
    'tanh with Pow',
    tanh([
      node('Pow', ['x', 'three'], ['p']),
      node('Mul', ['p', 'cubic'], ['q']),
      node('Add', ['x', 'q'], ['r']),
      node('Mul', ['r', 'rootPi'], ['u']),
    ]),
  ],
  [
    'tanh with x·x·x',
    tanh([
      node('Mul', ['x', 'x'], ['p']),
      node('Mul', ['p', 'x'], ['o']),
      node('Mul', ['cubic', 'o'], ['q']),
      node('Add', ['q', 'x'], ['r']),
      node('Mul', ['rootPi', 'r'], ['u']),
    ]),
  ],
  [
    'tanh with x taken out',
    tanh([
      node('Mul', ['x', 'cubic'], ['p']),
      node('Mul', ['p', 'x'], ['q']),
      node('Add', ['q', 'one'], ['r']),
      node('Mul', ['x', 'rootPi'], ['s']),
      node('Mul', ['s', 'r'], ['u']),
    ]),
  ],
];

const silu = [node('Sigmoid', ['x'], ['s']), node('Mul', ['s', 'x'], ['y'])];
const quickGelu = [node('Mul', ['x', 'quick'], ['q']), node('Sigmoid', ['q'], ['s']), node('Mul', ['x', 's'], ['y'])];

const mishes: readonly [string, readonly Node[]][] = [
  ['Softplus', [node('Softplus', ['x'], ['p']), node('Tanh', ['p'], ['t']), node('Mul', ['x', 't'], ['y'])]],
  [
    'ln(1 + eˣ)',
    [
      node('Exp', ['x'], ['e']),
      node('Add', ['one', 'e'], ['a']),
      node('Log', ['a'], ['p']),
      node('Tanh', ['p'], ['t']),
      node('Mul', ['t', 'x'], ['y']),
    ],
  ],
];

describe('fuse-activations', () => {
  it.each(hardSwishes)('makes HardSwish of %s, and HardSigmoid and Mul before opset 14', async (_name, nodes) => {
    const newer = await simplified(build(nodes, 14), fuseActivations);
    expect(operators(newer.model)).toEqual(['Mul', 'HardSwish']);
    expect(newer.model.graph!.nodes[1]).toMatchObject({ inputs: ['x'], outputs: ['y'], attributes: [] });
    const older = await simplified(build(nodes, 13), fuseActivations);
    expect(operators(older.model)).toEqual(['Mul', 'HardSigmoid', 'Mul']);
    expect(older.refusals).toEqual([]);
    // Done is done.
    expect((await simplified(older.model, fuseActivations)).model).toBe(older.model);
  });

  it('works with the bounds of older Clips, and on float16', async () => {
    const older = [
      node('Add', ['x', 'three'], ['a']),
      node('Clip', ['a'], ['c'], { min: 0, max: 6 }),
      node('Div', ['c', 'six'], ['y']),
    ];
    const { model: result } = await simplified(build(older, 9), fuseActivations);
    expect(operators(result)).toEqual(['HardSigmoid']);
    const [alpha, beta] = ['alpha', 'beta'].map((name) => getAttributeFloat(result.graph!.nodes[0]!, name));
    // The factor of 6 before is part of it too.
    expect([alpha, beta]).toEqual([1, 0.5]);

    const half = build(hardSwishes[1]![1], 17, DataType.float16);
    const outcome = await simplified(half, fuseActivations, { precision: 'float16' });
    expect(operators(outcome.model)).toEqual(['Mul', 'HardSwish']);
  });

  it.each(gelus)('makes Gelu of %s, and says which opset that needs', async (_name, nodes) => {
    const newer = await simplified(build(nodes, 20), fuseActivations);
    expect(operators(newer.model)).toEqual(['Mul', 'Gelu']);
    const original = build(nodes, 17);
    const older = await simplified(original, fuseActivations);
    expect(older.model).toBe(original);
    expect(older.refusals).toMatchObject([
      { code: 'needs-opset', op: 'Mul', reason: expect.stringContaining('from opset 20 on. The model uses opset 17') },
    ]);
  });

  it.each(mishes)('makes Mish of tanh and %s in opset 18, and says that it needs it', async (_name, nodes) => {
    const { model: result } = await simplified(build(nodes, 18), fuseActivations);
    expect(operators(result)).toEqual(['Mul', 'Mish']);
    const original = build(nodes, 17);
    const { model: older, refusals } = await simplified(original, fuseActivations);
    expect(older).toBe(original);
    expect(refusals).toMatchObject([{ code: 'needs-opset', reason: expect.stringContaining('Mish') }]);
  });

  it.each([
    ['SiLU', silu, 1],
    ['QuickGelu', quickGelu, Math.fround(1.702)],
  ])('makes Swish of %s in opset 24, and proposes no conversion that is impossible', async (_name, nodes, alpha) => {
    const { model: result } = await simplified(build(nodes, 24), fuseActivations);
    expect(operators(result)).toEqual(['Mul', 'Swish']);
    expect(getAttributeFloat(result.graph!.nodes[1]!, 'alpha')).toBe(alpha);
    const original = build(nodes, 22);
    const { model: older, refusals } = await simplified(original, fuseActivations);
    expect(older).toBe(original);
    expect(refusals).toEqual([]);
  });

  it('leaves SiLU from opset 25 on, without a kernel for Swish, and makes the others', async () => {
    const original = build(silu, 25);
    const { model: result, refusals } = await simplified(original, fuseActivations);
    expect(result).toBe(original);
    expect(refusals).toMatchObject([{ code: 'no-kernel', reason: expect.stringContaining('only up to opset 24') }]);
    for (const [name, [, nodes]] of Object.entries({ HardSwish: hardSwishes[0]!, Gelu: gelus[0]!, Mish: mishes[0]! })) {
      const fused = await simplified(build(nodes, 25), fuseActivations);
      expect(operators(fused.model)).toEqual(['Mul', name]);
    }
  });

  it.each<[string, readonly Node[]]>([
    ['another bound', [...relu6, node('Mul', ['x', 'c'], ['m']), node('Div', ['m', 'three'], ['y'])]],
    [
      'a gate of another value',
      [...relu6, node('Neg', ['x'], ['n']), node('Mul', ['n', 'c'], ['m']), node('Div', ['m', 'six'], ['y'])],
    ],
    [
      'a gate that something else reads',
      [...relu6, node('Mul', ['x', 'c'], ['m']), node('Div', ['m', 'six'], ['d']), node('Add', ['d', 'c'], ['y'])],
    ],
    [
      'tanh of a Softplus of another value',
      [
        node('Neg', ['x'], ['n']),
        node('Softplus', ['n'], ['p']),
        node('Tanh', ['p'], ['t']),
        node('Mul', ['x', 't'], ['y']),
      ],
    ],
    ['another factor of erf', [...erf, node('Mul', ['x', 'a'], ['m']), node('Mul', ['m', 'three'], ['y'])]],
    [
      'erf of another multiple',
      [
        node('Div', ['x', 'two'], ['d']),
        node('Erf', ['d'], ['e']),
        node('Add', ['e', 'one'], ['a']),
        node('Mul', ['x', 'a'], ['m']),
        node('Mul', ['m', 'half'], ['y']),
      ],
    ],
    [
      'a gate of Sigmoid of another value',
      [node('Sigmoid', ['x'], ['s']), node('Neg', ['x'], ['n']), node('Mul', ['s', 'n'], ['y'])],
    ],
    ['a Clip that moves nothing', [node('Clip', ['x', 'zero', 'six'], ['c']), node('Div', ['c', 'six'], ['y'])]],
  ])('leaves %s', async (_name, nodes) => {
    const original = build(nodes, 22);
    const { model: result, refusals } = await simplified(original, fuseActivations);
    expect(result).toBe(original);
    expect(refusals).toEqual([]);
  });

  it('leaves a chain of a thousand products, and soon', async () => {
    const nameAt = (at: number) => (at === 0 ? 'x' : at === 1000 ? 'y' : `v${at}`);
    const nodes = Array.from({ length: 1000 }, (_, at) => node('Mul', [nameAt(at), 'input'], [nameAt(at + 1)]));
    const original = build(nodes, 22);
    expect((await simplified(original, fuseActivations)).model).toBe(original);
  });

  it('leaves a number that makes the result larger', async () => {
    const nodes = [
      node('Add', ['x', 'wide'], ['a']),
      node('Clip', ['a', 'zero', 'six'], ['c']),
      node('Div', ['c', 'six'], ['y']),
    ];
    const narrow = build(nodes, 17);
    const original = {
      ...narrow,
      graph: {
        ...narrow.graph!,
        initializers: [...narrow.graph!.initializers, floatTensor('wide', [1, 1, 1], [3])],
        outputs: [valueInfo('y', [null, null, null])],
      },
    };
    expect((await simplified(original, fuseActivations)).model).toBe(original);
  });
});
