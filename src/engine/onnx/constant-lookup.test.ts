import { expect, it } from 'vitest';
import { constantLookup } from './constant-lookup';
import { floatTensor, graph, model, node, valueInfo } from './testing/build';
import { nodes } from './traverse';
import { weights } from './weights';

it('returns the constant visible to a node: from its graph or an outer one, never a sibling', () => {
  const branch = (value: number, output: string) =>
    graph({
      nodes: [node('Add', ['k', 'outer'], [output], {}, { name: output })],
      initializers: [floatTensor('k', [1], [value])],
      outputs: [valueInfo(output, [1])],
    });
  const main = model(
    graph({
      nodes: [node('If', ['c'], ['y'], { then_branch: branch(1, 'p'), else_branch: branch(2, 'q') }, { name: 'if' })],
      initializers: [floatTensor('outer', [1], [3])],
    }),
  );
  const all = weights(main);
  const find = constantLookup(all);
  const byPath = new Map(Array.from(nodes(main), (visit) => [visit.path, visit]));
  const weightAt = (path: string) => all.find((weight) => weight.path === path)!.tensor;
  const [inThen, inElse, around] = ['graph/if.then_branch/p', 'graph/if.else_branch/q', 'graph/if'].map((path) =>
    byPath.get(path)!,
  );
  expect(find('k', inThen!)).toBe(weightAt('graph/if.then_branch/k'));
  expect(find('k', inElse!)).toBe(weightAt('graph/if.else_branch/k'));
  expect(find('outer', inElse!)).toBe(weightAt('graph/outer'));
  expect([find('k', around!), find(undefined, around!), find('', around!)]).toEqual([undefined, undefined, undefined]);
});
