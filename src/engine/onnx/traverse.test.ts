import { expect, it } from 'vitest';
import { graph, model, node } from './testing/build';
import { nodes } from './traverse';

it('gives every node of a scope a path of its own, whatever the nodes are called', () => {
  const names = ['a#2', 'a', 'a', '', 'Relu_3'];
  const visits = [...nodes(model(graph({ nodes: names.map((name) => node('Relu', ['x'], ['y'], {}, { name })) })))];
  expect(new Set(visits.map(({ path }) => path)).size).toBe(names.length);
  expect(visits[1]!.path).toBe('graph/a');
});
