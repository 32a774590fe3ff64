import { describe, expect, it } from 'vitest';
import { readFloat32, readIntegers } from './tensor';
import { floatTensor, graph, model, node, valueInfo } from './testing/build';
import { nodes, scopes } from './traverse';
import { weights } from './weights';

const branch = graph({
  nodes: [
    node('Constant', [], ['inner'], { value: floatTensor('', [1], [3]) }),
    node('Add', ['outer', 'inner'], ['sum'], {}, { name: 'Add_7' }),
  ],
  initializers: [floatTensor('local', [1], [4])],
  outputs: [valueInfo('sum', [1])],
});

const nested = model(
  graph({
    inputs: [valueInfo('flag', [])],
    outputs: [valueInfo('y', [1])],
    initializers: [floatTensor('outer', [1], [1])],
    nodes: [node('If', ['flag'], ['y'], { then_branch: branch, else_branch: branch }, { name: 'If_0' })],
  }),
  {
    functions: [
      {
        name: 'F',
        domain: 'com.example',
        inputs: ['outer'],
        outputs: ['z'],
        attributes: [],
        opsetImports: [],
        nodes: [node('Constant', [], ['ints'], { value_ints: [1n, 2n] }), node('Add', ['outer', 'ints'], ['z'])],
      },
    ],
  },
);

describe('traversal', () => {
  it('names scopes and nodes by their way through the model', () => {
    expect([...scopes(nested)].map(({ path }) => path)).toEqual([
      'graph',
      'graph/If_0.then_branch',
      'graph/If_0.else_branch',
      'function:com.example:F',
    ]);
    const paths = [...nodes(nested)].map(({ path }) => path);
    expect(paths).toContain('graph/If_0.then_branch/Constant_0');
    expect(paths).toContain('graph/If_0.else_branch/Add_7');
    expect(paths).toContain('function:com.example:F/Add_1');
  });

  it('tells nodes of one name apart', () => {
    const twins = model(graph({ nodes: [1, 2].map(() => node('Relu', ['x'], ['y'], {}, { name: 'Relu' })) }));
    expect([...nodes(twins)].map(({ path }) => path)).toEqual(['graph/Relu', 'graph/Relu#1']);
  });
});

describe('weights', () => {
  const found = weights(nested);
  const at = (path: string) => found.find((weight) => weight.path === path)!;

  it('finds them in initializers, Constant nodes, subgraphs and functions', () => {
    expect(found.map(({ path }) => path)).toEqual([
      'graph/outer',
      'graph/If_0.then_branch/local',
      'graph/If_0.then_branch/Constant_0',
      'graph/If_0.else_branch/local',
      'graph/If_0.else_branch/Constant_0',
      'function:com.example:F/Constant_0',
    ]);
    expect([...readFloat32(at('graph/If_0.then_branch/Constant_0').tensor)]).toEqual([3]);
    expect(readIntegers(at('function:com.example:F/Constant_0').tensor)).toEqual([1n, 2n]);
  });

  it('finds all readers, also in subgraphs, except if another value hides the name', () => {
    expect(at('graph/outer').consumers.map(({ path, input }) => [path, input])).toEqual([
      ['graph/If_0.then_branch/Add_7', 0],
      ['graph/If_0.else_branch/Add_7', 0],
    ]);
    expect(at('graph/If_0.then_branch/local').consumers).toEqual([]);
  });

  it('knows which are outputs of a graph', () => {
    const initializers = [floatTensor('w', [1], [1]), floatTensor('v', [1], [1])];
    const direct = weights(model(graph({ initializers, outputs: [valueInfo('w', [1])] })));
    expect(direct.map(({ isGraphOutput }) => isGraphOutput)).toEqual([true, false]);
  });
});
