import { expect, it } from 'vitest';
import { graph, model, node } from './testing/build';
import { nodes } from './traverse';

it('gives every node of a scope a unique path, regardless of node names', () => {
  const names = ['a#2', 'a', 'a', '', 'Relu_3'];
  const visits = [...nodes(model(graph({ nodes: names.map((name) => node('Relu', ['x'], ['y'], {}, { name })) })))];
  expect(new Set(visits.map(({ path }) => path)).size).toBe(names.length);
  expect(visits[1]!.path).toBe('graph/a');
});

it('tells overloads of a function apart', () => {
  const gelu = { name: 'Gelu', domain: 'd', inputs: ['x'], outputs: ['y'], attributes: [], opsetImports: [] };
  const overloads = [gelu, gelu].map((entry) => ({ ...entry, nodes: [node('Relu', ['x'], ['y'])] }));
  const paths = [...nodes(model(graph({}), { functions: overloads }))].map(({ path }) => path);
  expect(paths).toEqual(['function:d:Gelu/Relu_0', 'function:d:Gelu#1/Relu_0']);
});
