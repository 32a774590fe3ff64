import { describe, expect, it } from 'vitest';
import { DataType } from './data-type';
import { inferElementTypes } from './element-types';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from './testing/build';

describe('inferElementTypes', () => {
  it('follows nodes from the inputs and initializers', () => {
    const main = graph({
      inputs: [valueInfo('x', [2], DataType.float16)],
      initializers: [floatTensor('w', [2], [1, 2])],
      nodes: [
        node('Relu', ['x'], ['r']),
        node('Shape', ['r'], ['s']),
        node('Cast', ['r'], ['c'], { to: BigInt(DataType.int32) }),
        node('Greater', ['w', 'w'], ['g']),
        node('Where', ['g', 'w', 'w'], ['u']),
        node('TopK', ['r', 'k'], ['values', 'indices']),
        node('DynamicQuantizeLinear', ['w'], ['q', 'scale', 'zero']),
        node('Constant', [], ['k'], { value: int64Tensor('', [1], [1]) }),
        node('Mystery', ['w'], ['m'], {}, { domain: 'custom' }),
        node('Relu', ['m'], ['n']),
      ],
    });
    const types = inferElementTypes(model(main));
    const expected = {
      r: DataType.float16,
      s: DataType.int64,
      c: DataType.int32,
      g: DataType.bool,
      u: DataType.float32,
      values: DataType.float16,
      indices: DataType.int64,
      q: DataType.uint8,
      scale: DataType.float32,
      k: DataType.int64,
      m: undefined,
      n: undefined,
    };
    for (const [name, type] of Object.entries(expected)) expect(types.get(main, name), name).toBe(type);
  });

  it('knows that the mask of Dropout is boolean since opset 10 only', () => {
    const main = graph({
      inputs: [valueInfo('x', [2], DataType.float16)],
      nodes: [node('Dropout', ['x'], ['y', 'mask'])],
    });
    expect(inferElementTypes(model(main, { opset: 9 })).get(main, 'mask')).toBe(DataType.float16);
    expect(inferElementTypes(model(main, { opset: 10 })).get(main, 'mask')).toBe(DataType.bool);
  });

  it('uses the types that the file states', () => {
    const main = graph({
      nodes: [node('Mystery', [], ['m'], {}, { domain: 'custom' }), node('Relu', ['m'], ['r'])],
      valueInfos: [valueInfo('m', null, DataType.float16)],
    });
    expect(inferElementTypes(model(main)).get(main, 'r')).toBe(DataType.float16);
  });

  it('sees outer values inside a branch, and the branch type outside', () => {
    const branch = graph({ nodes: [node('Relu', ['x'], ['inner'])], outputs: [{ name: 'inner' }] });
    const main = graph({
      inputs: [valueInfo('x', [2], DataType.float16)],
      nodes: [node('If', ['c'], ['y'], { then_branch: branch, else_branch: branch })],
    });
    const types = inferElementTypes(model(main));
    expect(types.get(branch, 'inner')).toBe(DataType.float16);
    expect(types.get(main, 'y')).toBe(DataType.float16);
  });

  it('types the carried values of a loop', () => {
    const body = graph({
      inputs: [{ name: 'i' }, { name: 'go' }, { name: 'carried' }],
      nodes: [node('Neg', ['carried'], ['next'])],
      outputs: [{ name: 'go' }, { name: 'next' }],
    });
    const main = graph({
      inputs: [valueInfo('x', [2])],
      nodes: [node('Loop', ['count', 'condition', 'x'], ['y'], { body })],
    });
    expect(inferElementTypes(model(main)).get(main, 'y')).toBe(DataType.float32);
  });

  it('knows no element type of a sequence that a body makes', () => {
    const body = graph({
      inputs: [valueInfo('element', [2])],
      nodes: [node('Neg', ['element'], ['negative'])],
      outputs: [valueInfo('negative', [2])],
    });
    const main = graph({
      inputs: [valueInfo('x', [2])],
      nodes: [node('SequenceConstruct', ['x'], ['s']), node('SequenceMap', ['s'], ['t'], { body })],
    });
    const types = inferElementTypes(model(main));
    expect(types.get(main, 't')).toBeUndefined();
    expect(types.get(body, 'negative')).toBe(DataType.float32);
  });

  it('reads the type names of an old Cast and ignores other words', () => {
    const casts = ['FLOAT', 'double', 'Int64', 'constructor'];
    const main = graph({
      inputs: [valueInfo('x', [2])],
      nodes: casts.map((to) => node('Cast', ['x'], [to], { to })),
    });
    const types = inferElementTypes(model(main, { opset: 5 }));
    expect(casts.map((name) => types.get(main, name))).toEqual([
      ...[DataType.float32, DataType.float64, DataType.int64],
      undefined,
    ]);
  });
});
