import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import type { Model } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { resolveOptions } from '../options';
import { factorizableLayers } from './factorizable-layers';
import { factorize } from './factorize';
import type { FactorizeOptions } from './factorize-options';
import { productOf } from '../../product-of';

const zeros = (name: string, ...dims: number[]) => floatTensor(name, dims, new Float32Array(productOf(dims)));

const named = (opType: string, inputs: readonly string[], output: string, attributes = {}) =>
  node(opType, inputs, [output], attributes, { name: output });

const everything: Model = model(
  graph({
    nodes: [
      node('Constant', [], ['k'], { value: zeros('', 4, 6) }),
      named('MatMul', ['x', 'k'], 'constant'),
      named('MatMul', ['x', 'twice'], 'a'),
      named('MatMul', ['a2', 'twice'], 'b'),
      named('MatMul', ['left', 'x'], 'leftSide'),
      named('MatMul', ['x', 'x'], 'dynamic'),
      named('Gemm', ['x', 'scaled'], 'scale', { alpha: 2 }),
      named('MatMul', ['x', 'table'], 'tied'),
      named('Gather', ['table', 'i'], 'rows'),
      named('MatMul', ['x', 'open'], 'overridden'),
      named('Conv', ['p', 'grouped'], 'group', { group: 2n }),
      named('Conv', ['p', 'plain'], 'conv'),
      node('If', ['c'], ['branch'], {
        then_branch: graph({
          nodes: [named('MatMul', ['x', 'inner'], 'within')],
          initializers: [zeros('inner', 4, 4)],
          outputs: [valueInfo('within', null)],
        }),
        else_branch: graph({ nodes: [named('Identity', ['x'], 'else')], outputs: [valueInfo('else', null)] }),
      }),
    ],
    initializers: [
      zeros('twice', 4, 4),
      zeros('left', 5, 4),
      zeros('scaled', 4, 4),
      zeros('table', 4, 3),
      zeros('open', 4, 4),
      zeros('grouped', 4, 2, 3, 3),
      zeros('plain', 2, 4, 3, 3),
      int64Tensor('i', [1], [0]),
    ],
    inputs: [
      valueInfo('x', [4, 4]),
      valueInfo('a2', [2, 4]),
      valueInfo('p', [1, 4, 5, 5]),
      valueInfo('open', [4, 4]),
      valueInfo('c', [], DataType.bool),
    ],
  }),
);

function found(given: Partial<FactorizeOptions> = {}) {
  const options = resolveOptions(factorize, given) as unknown as FactorizeOptions;
  return factorizableLayers(everything, inferModel(everything), options);
}

describe('factorizableLayers', () => {
  it('finds constants too, and one layer for all that read a weight', () => {
    const { layers } = found();
    expect(
      layers.map(({ readers, outputs, inputs, kernel, positions }) => [
        readers.map(({ path }) => path.slice('graph/'.length)).join(),
        outputs,
        inputs,
        kernel,
        positions,
      ]),
    ).toEqual([
      ['constant', 6, 4, [], 4],
      ['a,b', 4, 4, [], 6],
      ['conv', 2, 4, [3, 3], 9],
    ]);
  });

  it('says of every other layer why it stays', () => {
    const codes = Object.fromEntries(found().refusals.map(({ path, code }) => [path.split('/').at(-1), code]));
    expect(codes).toEqual({
      leftSide: 'form',
      scale: 'form',
      tied: 'shared',
      overridden: 'overridable',
      group: 'grouped',
      within: 'body',
      dynamic: 'no-constant-weight',
    });
    expect(found({ exclude: ['conv', 'nobody'] }).refusals.map(({ code }) => code)).toEqual(
      expect.arrayContaining(['excluded', 'no-such-node']),
    );
    expect(found({ include: ['conv'] }).layers).toHaveLength(1);
  });
});
