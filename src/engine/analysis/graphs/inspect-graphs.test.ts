import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import { createTensor } from '../../onnx/tensor';
import { attribute, floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { inspectGraphs, type GraphStructure } from './inspect-graphs';

function edgesOf({ items, edges }: GraphStructure): string[] {
  return edges.map(({ from, to, values }) => `${items[from]!.title} –${values.join()}→ ${items[to]!.title}`);
}

describe('inspectGraphs', () => {
  it('draws inputs, nodes and outputs, and notes constants on the nodes that read them', () => {
    const [structure] = inspectGraphs(
      model(
        graph({
          nodes: [
            node('Constant', [], ['axes'], {}, { attributes: [attribute('value', int64Tensor('', [1], [1]))] }),
            node('Conv', ['x', 'w'], ['y'], {}, { name: 'conv' }),
            node('Add', ['y', 'y'], ['z']),
            node('Squeeze', ['z', 'axes'], ['out']),
          ],
          initializers: [floatTensor('w', [1], [1])],
          inputs: [valueInfo('x', [1]), valueInfo('w', [1])],
          outputs: [valueInfo('out', [1])],
        }),
      ),
    );
    expect(structure?.items.map(({ kind, title }) => `${kind} ${title}`)).toEqual([
      'input x',
      'node Conv',
      'node Add',
      'node Squeeze',
      'output out',
    ]);
    expect(edgesOf(structure!)).toEqual(['x –x→ Conv', 'Conv –y→ Add', 'Add –z→ Squeeze', 'Squeeze –out→ out']);
    expect(structure?.items[1]).toMatchObject({ path: 'graph/conv', constants: ['w'], precision: 'float32' });
    expect(structure?.items[3]).toMatchObject({ constants: ['axes'], precision: null });
  });

  it('tells the precision of weights behind DequantizeLinear', () => {
    const int8 = createTensor({ name: 'w', dataType: DataType.int8, dims: [2, 2], bytes: Int8Array.of(1, 2, 3, 4) });
    const [structure] = inspectGraphs(
      model(
        graph({
          nodes: [
            node('DequantizeLinear', ['w', 's'], ['wf']),
            node('MatMul', ['x', 'wf'], ['y']),
            node('Add', ['y', 'b'], ['z']),
          ],
          initializers: [int8, floatTensor('s', [], [0.1]), floatTensor('b', [2], [0, 0])],
          inputs: [valueInfo('x', [1, 2])],
          outputs: [valueInfo('z', [1, 2])],
        }),
      ),
    );
    const precisions = structure?.items.filter(({ kind }) => kind === 'node').map(({ precision }) => precision);
    expect(precisions).toEqual(['int8', 'int8', 'float32']);
  });

  it('describes graphs inside nodes with their reads from outer graphs', () => {
    const branch = graph({
      nodes: [node('Mul', ['y', 'k'], ['t'], {}, { name: 'mul' })],
      outputs: [valueInfo('t', [1])],
    });
    const structures = inspectGraphs(
      model(
        graph({
          nodes: [
            node('Relu', ['x'], ['y'], {}, { name: 'relu' }),
            node('If', ['c'], ['z'], { then_branch: branch }, { name: 'if' }),
          ],
          initializers: [floatTensor('k', [1], [2])],
          inputs: [valueInfo('x', [1]), valueInfo('c', [], DataType.bool)],
          outputs: [valueInfo('z', [1])],
        }),
      ),
    );
    expect(structures.map(({ path }) => path)).toEqual(['graph', 'graph/if.then_branch']);
    expect(edgesOf(structures[0]!)).toEqual(['x –x→ Relu', 'c –c→ If', 'Relu –y→ If', 'If –z→ z']);
    expect(structures[0]!.items.find(({ title }) => title === 'If')?.graphs).toEqual(['graph/if.then_branch']);
    expect(structures[1]!.parent).toEqual({ graph: 'graph', node: 'graph/if', attribute: 'then_branch' });
    expect(structures[1]!.items[0]).toMatchObject({ kind: 'outer', title: 'y' });
    expect(structures[1]!.items[1]?.constants).toEqual(['k']);
  });

  it('leads from a node to the body of the function that it calls', () => {
    const structures = inspectGraphs(
      model(graph({ nodes: [node('Gelu', ['x'], ['y'], {}, { domain: 'custom' })], inputs: [valueInfo('x', [1])] }), {
        functions: [
          {
            name: 'Gelu',
            domain: 'custom',
            inputs: ['a'],
            outputs: ['b'],
            attributes: [],
            nodes: [node('Tanh', ['a'], ['b'])],
            opsetImports: [],
          },
        ],
      }),
    );
    expect(structures[0]!.items[1]?.graphs).toEqual(['function:custom:Gelu']);
    expect(edgesOf(structures[1]!)).toEqual(['a –a→ Tanh', 'Tanh –b→ b']);
  });
});
