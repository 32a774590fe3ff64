import { describe, expect, it } from 'vitest';
import type { Graph, Node } from '../../onnx/graph';
import { DataType } from '../../onnx/data-type';
import { inferModel } from '../../onnx/infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { planFolding } from './folding-plan';
import { GrowthBudget } from './simplification';

const weights = [
  floatTensor('a', [2, 2], [1, 2, 3, 4]),
  floatTensor('one', [], [1]),
  int64Tensor('many', [2], [500, 4]),
  floatTensor(
    'wide',
    [64, 4],
    Array.from({ length: 256 }, (_, index) => index),
  ),
];

function plan(nodes: readonly Node[], parts: Partial<Graph> = {}, largestBytes = 100) {
  const main = graph({
    nodes,
    initializers: weights,
    inputs: [valueInfo('x', ['N', 4])],
    outputs: [valueInfo('y', null)],
    ...parts,
  });
  const original = model(main);
  const { run, folded, kept, refusals } = planFolding(original, inferModel(original), {
    largestFoldedBytes: largestBytes,
    growth: new GrowthBudget(original, largestBytes),
  });
  return {
    run: run.map(({ path }) => path),
    folded: folded.map(({ path }) => path),
    kept: kept.map(({ name }) => name),
    refusals: refusals.map(({ path, code }) => `${path} ${code}`),
  };
}

describe('planFolding', () => {
  it('runs chains of constants, and keeps results with other readers', () => {
    const nodes = [node('Neg', ['a'], ['b']), node('Exp', ['b'], ['c']), node('Add', ['x', 'c'], ['y'])];
    expect(plan(nodes)).toEqual({
      run: ['graph/Neg_0', 'graph/Exp_1'],
      folded: ['graph/Neg_0', 'graph/Exp_1'],
      kept: ['c'],
      refusals: [],
    });
  });

  it('keeps a result larger than the bound if it replaces as many bytes', () => {
    const turn = [node('Transpose', ['wide'], ['t'], { perm: [1n, 0n] }), node('MatMul', ['x', 't'], ['y'])];
    expect(plan(turn)).toMatchObject({ kept: ['t'], refusals: [] });
    const alsoRead = [...turn, node('MatMul', ['y', 'wide'], ['z'])];
    expect(plan(alsoRead)).toMatchObject({ kept: [], refusals: ['graph/Transpose_0 larger-when-folded'] });
  });

  it('leaves growing results and folds their inputs; computes large values on the way to small ones', () => {
    const grown = [node('Neg', ['one'], ['n']), node('Expand', ['n', 'many'], ['e'])];
    expect(plan([...grown, node('Add', ['x', 'e'], ['y'])])).toEqual({
      ...{
        run: ['graph/Neg_0'],
        folded: ['graph/Neg_0'],
        kept: ['n'],
        refusals: ['graph/Expand_1 larger-when-folded'],
      },
    });
    const reduced = [...grown, node('ReduceMax', ['e'], ['m'], { keepdims: 0n }), node('Add', ['x', 'm'], ['y'])];
    expect(plan(reduced)).toMatchObject({
      kept: ['m'],
      refusals: [],
      run: ['graph/Neg_0', 'graph/Expand_1', 'graph/ReduceMax_2'],
    });
  });

  it('leaves a constant output with the reason, and says nothing of one that is handed on', () => {
    expect(plan([node('Exp', ['a'], ['b']), node('Neg', ['b'], ['y'])])).toMatchObject({
      ...{ kept: ['b'], folded: ['graph/Exp_0'], refusals: ['graph/Neg_1 constant-output'] },
    });
    expect(plan([node('Identity', ['a'], ['y'])])).toMatchObject({ kept: [], refusals: [] });
  });

  it('leaves random numbers, quantized weights, other operators, unknown sizes and unread results', () => {
    const left = [
      node('RandomUniformLike', ['a'], ['r']),
      node('DequantizeLinear', ['q', 'one'], ['d']),
      node('Gelu', ['a'], ['g'], {}, { domain: 'com.microsoft' }),
      node('NonZero', ['a'], ['z']),
      node('Sum', ['r', 'd', 'g', 'x'], ['y']),
      node('Shape', ['z'], ['s']),
      node('Neg', ['a'], ['unread']),
    ];
    const q = { name: 'q', dims: [1n], dataType: DataType.int8, int32Data: Int32Array.of(1) };
    expect(plan(left, { initializers: [...weights, q] })).toEqual({ run: [], folded: [], kept: [], refusals: [] });
  });

  it('takes no constant for one that a caller may replace, or that a graph inside gives another value', () => {
    const inputs = [valueInfo('x', ['N', 4]), valueInfo('a', [2, 2])];
    expect(plan([node('Neg', ['a'], ['y'])], { inputs })).toMatchObject({ run: [], kept: [] });
    const body = graph({
      nodes: [
        node('Identity', ['on'], ['next']),
        node('Neg', ['one'], ['out']),
        node('Neg', ['a'], ['n']),
        node('Add', ['n', 'out'], ['sum']),
      ],
      inputs: [valueInfo('i', [], DataType.int64), valueInfo('on', [], DataType.bool), valueInfo('one', [])],
      outputs: [valueInfo('next', []), valueInfo('out', []), valueInfo('sum', null)],
    });
    expect(plan([node('Loop', ['', '', 'x'], ['l', 'y'], { body })])).toMatchObject({
      ...{ run: ['graph/Loop_0.body/Neg_2'], kept: ['n'] },
    });
  });
});
