import { describe, expect, it } from 'vitest';
import type { Model, ModelFunction, Node } from '../../onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../onnx/testing/build';
import { inlineFunctions } from './inline-functions';
import { operators, simplified } from './testing/simplified.runtime';

const call = (name: string, inputs: string[], outputs: string[], attributes = {}): Node =>
  node(name, inputs, outputs, attributes, { domain: 'own' });

const scaled: ModelFunction = {
  ...{ name: 'Scaled', domain: 'own', inputs: ['a'], outputs: ['b'], attributes: ['by'] },
  nodes: [
    { ...node('Constant', [], ['c']), attributes: [{ name: 'value_float', refAttrName: 'by', type: 1 }] },
    node('Mul', ['a', 'c'], ['scaled']),
    node('Add', ['scaled', 'c'], ['b']),
  ],
  opsetImports: [{ domain: '', version: 17n }],
};
const layer: ModelFunction = {
  ...{ name: 'Layer', domain: 'own', inputs: ['x', 'w'], outputs: ['y'], attributes: [] },
  nodes: [node('MatMul', ['x', 'w'], ['h']), call('Scaled', ['h'], ['s'], { by: 0.5 }), node('Tanh', ['s'], ['y'])],
  opsetImports: [
    { domain: '', version: 17n },
    { domain: 'own', version: 1n },
  ],
};

const layered = (): Model =>
  model(
    graph({
      nodes: [
        call('Layer', ['x', 'w'], ['h']),
        call('Layer', ['h', 'w'], ['s']),
        call('Scaled', ['s'], ['y'], { by: 3 }),
      ],
      initializers: [
        floatTensor(
          'w',
          [4, 4],
          Array.from({ length: 16 }, (_, index) => Math.sin(index)),
        ),
      ],
      inputs: [valueInfo('x', [2, 4])],
      outputs: [valueInfo('y', [2, 4])],
    }),
    {
      opsetImports: [
        { domain: '', version: 17n },
        { domain: 'own', version: 1n },
      ],
      functions: [scaled, layer],
    },
  );

describe('inline-functions', () => {
  it('gives the answers that the runtime gives when it follows the calls itself', async () => {
    const { model: result, changes } = await simplified(layered(), inlineFunctions, { exact: true });
    const block = ['MatMul', 'Constant', 'Mul', 'Add', 'Tanh'];
    expect(operators(result)).toEqual([...block, ...block, 'Constant', 'Mul', 'Add']);
    expect(result.functions).toEqual([]);
    expect(changes.map(({ path }) => path)).toEqual([
      'graph/Layer_0',
      'graph/Layer_1',
      'graph/Scaled_2',
      'graph/Scaled_1',
      'graph/Scaled_4',
    ]);
  });

  it('leaves a model without functions as it is', async () => {
    const original = model(
      graph({ nodes: [node('Abs', ['x'], ['y'])], inputs: [valueInfo('x', [2])], outputs: [valueInfo('y', [2])] }),
    );
    expect((await simplified(original, inlineFunctions)).model).toBe(original);
  });
});
