import { expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { findLayers } from './quantization-plan';

const net = model(
  graph({
    nodes: ['first', 'second', 'last'].map((name, at) =>
      node('MatMul', [at === 0 ? 'x' : `v${at}`, name], [at === 2 ? 'y' : `v${at + 1}`], {}, { name }),
    ),
    initializers: ['first', 'second', 'last'].map((name) => floatTensor(name, [2, 2], [1, 2, 3, 4])),
    inputs: [valueInfo('x', [1, 2])],
    outputs: [valueInfo('y', [1, 2])],
  }),
);

it('takes the layers that are named, and says why others stay floats', () => {
  const found = findLayers(net, { include: ['first', 'graph/second'], exclude: ['first', 'nowhere'] });
  expect(found.layers.map(({ path }) => path)).toEqual(['graph/second']);
  expect(found.refusals.map(({ code, path }) => [code, path])).toEqual([
    ['no-such-node', 'nowhere'],
    ['excluded', 'graph/first'],
    ['not-included', 'graph/last'],
  ]);
  expect(findLayers(net, { include: [], exclude: [] }).layers).toHaveLength(3);
});
