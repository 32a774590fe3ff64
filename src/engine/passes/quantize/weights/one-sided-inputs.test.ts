import { expect, it } from 'vitest';
import { graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { nodes } from '../../../onnx/traverse';
import { readsOneSided } from './one-sided-inputs';

it('looks through pooling for an activation', () => {
  const given = model(
    graph({
      nodes: [
        node('Conv', ['x', 'w'], ['a'], {}, { name: 'first' }),
        node('Conv', ['a', 'w'], ['b'], {}, { name: 'linear' }),
        node('Relu', ['b'], ['c']),
        node('MaxPool', ['c'], ['d'], { kernel_shape: [2n, 2n] }),
        node('Conv', ['d', 'w'], ['y'], {}, { name: 'activated' }),
      ],
      inputs: [valueInfo('x', [1, 3, 8, 8])],
      outputs: [valueInfo('y', null)],
    }),
  );
  const found = [...nodes(given)].filter((visit) => visit.node.opType === 'Conv' && readsOneSided(visit));
  expect(found.map((visit) => visit.node.name)).toEqual(['activated']);
});
