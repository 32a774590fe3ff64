import { describe, expect, it } from 'vitest';
import { MemorySource } from './byte-source';
import { checkModel } from './check';
import type { Graph } from './graph';
import { floatTensor, graph, model, node, valueInfo } from './testing/build';

const relu = (from: string, to: string, name?: string) => node('Relu', [from], [to], {}, { name });
const io = { inputs: [valueInfo('x', [1])], outputs: [valueInfo('y', [1])] };
const codes = (parts: Partial<Graph>, overrides = {}): string[] =>
  checkModel(model(graph({ ...io, ...parts }), overrides)).map(({ code }) => code);

describe('checkModel', () => {
  it('finds nothing wrong with a valid model', () => {
    expect(codes({ nodes: [relu('x', 'y')] })).toEqual([]);
    const then = graph({ nodes: [relu('x', 'inner')], outputs: [valueInfo('inner', [1])] });
    const branches = { then_branch: then, else_branch: then };
    expect(codes({ inputs: [valueInfo('x', [1])], nodes: [node('If', ['x'], ['y'], branches)] })).toEqual([]);
  });

  it('finds values that nothing produces, and names them', () => {
    const problems = checkModel(
      model(graph({ ...io, nodes: [node('Add', ['x', 'w'], ['y'], {}, { name: 'Add_0' })] })),
    );
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toContain('graph/Add_0 reads "w"');
    expect(codes({ nodes: [] })).toEqual(['graph/missing-value']);
    const hidden = graph({ nodes: [relu('inside', 'inner')], outputs: [valueInfo('inner', [1])] });
    const sibling = graph({ nodes: [relu('x', 'inside')], outputs: [valueInfo('inside', [1])] });
    const nodes = [node('If', ['x'], ['y'], { then_branch: sibling, else_branch: hidden })];
    expect(codes({ nodes })).toEqual(['graph/missing-value']);
  });

  it('finds circles, also through a subgraph, and does not mind a mere disorder', () => {
    expect(codes({ nodes: [node('Add', ['x', 'b'], ['a']), relu('a', 'b'), relu('b', 'y')] })).toEqual(['graph/cycle']);
    const cyclic = model(graph({ ...io, nodes: [node('Add', ['x', 'b'], ['a']), relu('a', 'b'), relu('b', 'y')] }));
    expect(checkModel(cyclic)[0]!.message).toContain('in a circle');
    const body = graph({ nodes: [relu('y', 'inner')], outputs: [valueInfo('inner', [1])] });
    expect(codes({ nodes: [node('If', ['x'], ['y'], { then_branch: body, else_branch: body })] })).toEqual([
      'graph/cycle',
    ]);
    expect(codes({ nodes: [relu('a', 'y'), relu('x', 'a')] })).toEqual([]);
  });

  it('finds names that are taken twice', () => {
    expect(codes({ nodes: [relu('x', 'y'), relu('x', 'y')] })).toEqual(['graph/duplicate']);
    const twins = [floatTensor('w', [1], [1]), floatTensor('w', [1], [1])];
    expect(codes({ nodes: [relu('x', 'y')], initializers: twins })).toEqual(['graph/duplicate']);
    // Before IR 4 an initializer had to be an input too.
    expect(codes({ nodes: [relu('x', 'y')], initializers: [floatTensor('x', [1], [1])] })).toEqual([]);
  });

  it('finds versions that are missing or too new', () => {
    const nodes = [relu('x', 'y')];
    expect(codes({ nodes }, { irVersion: undefined })).toEqual(['model/ir-version']);
    expect(codes({ nodes }, { irVersion: 0n })).toEqual(['model/ir-version']);
    expect(codes({ nodes }, { irVersion: 14n })).toEqual(['model/ir-version']);
    expect(codes({ nodes }, { irVersion: 13n })).toEqual([]);
    const [tooNew] = checkModel(model(graph({ nodes }), { irVersion: 14n }));
    expect(tooNew?.message).toContain('set "model.ir_version = 13" before onnx.save');
    expect(codes({ nodes }, { opsetImports: [] })).toEqual(['model/opset']);
    expect(codes({ nodes }, { opsetImports: [{ domain: 'ai.onnx' }] })).toEqual(['model/opset']);
    const foreign = [node('Gelu', ['x'], ['y'], {}, { domain: 'com.example' })];
    expect(codes({ nodes: foreign })).toEqual(['model/opset']);
    expect(codes({ nodes: [node('', ['x'], ['y'])] })).toEqual(['node/no-operator']);
    expect(checkModel({ ...model(graph({})), graph: undefined }).map(({ code }) => code)).toEqual(['graph/missing']);
  });

  it('finds tensors whose data does not fit their shape', () => {
    const nodes = [relu('x', 'y')];
    const weight = floatTensor('w', [2], [1, 2]);
    const withWeight = (change: object): string[] => codes({ nodes, initializers: [{ ...weight, ...change }] });
    expect(withWeight({})).toEqual([]);
    expect(withWeight({ dims: [3n] })).toEqual(['tensor/size']);
    expect(withWeight({ dims: [-2n] })).toEqual(['tensor/shape']);
    expect(withWeight({ dims: [2n ** 62n, 4n] })).toEqual(['tensor/shape']);
    expect(withWeight({ dataType: 0 })).toEqual(['tensor/type']);
    expect(withWeight({ dataType: 99 })).toEqual([]);
    expect(withWeight({ rawData: new MemorySource(new Uint8Array(0)) })).toEqual(['tensor/size']);
    const constant = node('Constant', [], ['c'], { value: { ...weight, dims: [5n] } });
    expect(codes({ nodes: [constant, ...nodes] })).toEqual(['tensor/size']);
  });
});
