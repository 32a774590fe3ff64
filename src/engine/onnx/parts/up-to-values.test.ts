import { expect, it } from 'vitest';
import { checkModel } from '../check';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';
import { upToValues } from './up-to-values';

it('keeps the nodes that compute the values, and no input whose default was removed', () => {
  const whole = model(
    graph({
      nodes: [node('Relu', ['x'], ['a']), node('Add', ['a', 'given'], ['b'])],
      initializers: [floatTensor('given', [1], [1])],
      inputs: [valueInfo('x', [2]), valueInfo('given', [1])],
      outputs: [valueInfo('b', [2])],
    }),
  );
  const part = upToValues(whole, ['a']);
  expect(checkModel(part)).toEqual([]);
  expect(part.graph!.nodes.map(({ opType }) => opType)).toEqual(['Relu']);
  expect(part.graph!.inputs.map(({ name }) => name)).toEqual(['x']);
  expect(upToValues(whole, ['b']).graph!.inputs).toEqual(whole.graph!.inputs);
});
