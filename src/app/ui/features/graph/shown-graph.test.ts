import { describe, expect, it } from 'vitest';
import { inspectGraphs } from '../../../../engine/analysis/graphs/inspect-graphs';
import { inspect } from '../../../../engine/analysis/inspect';
import { DataType } from '../../../../engine/onnx/data-type';
import { graph, model, node, valueInfo } from '../../../../engine/onnx/testing/build';
import type { InspectedModel } from '../../../jobs/jobs';
import { graphsAround, placeOf, shownGraph } from './shown-graph';

/** Two choices, one after the other, each with one node in its only branch. */
const built = model(
  graph({
    nodes: ['first', 'second'].map((name) =>
      node(
        'If',
        ['c'],
        [name],
        {
          then_branch: graph({
            nodes: [node('Relu', ['x'], [`${name}-y`], {}, { name: `in ${name}` })],
            outputs: [valueInfo(`${name}-y`, [4])],
          }),
        },
        { name },
      ),
    ),
    inputs: [valueInfo('c', [], DataType.bool), valueInfo('x', [4])],
    outputs: [valueInfo('second', [4])],
  }),
);
const inspected: InspectedModel = {
  graphs: inspectGraphs(built),
  inspection: inspect(built, { name: 'm', sizeBytes: 0, sha256: '' }),
};
const shown = (scope: string, partner: string | null): string | undefined =>
  shownGraph(inspected, scope, partner)?.path;

describe('the graph that a pane shows', () => {
  const [first, second] = ['graph/first.then_branch', 'graph/second.then_branch'] as const;

  it('is the one in view, or the main graph if the model has none of that name', () => {
    expect(shown(first, null)).toBe(first);
    expect(shown(first, `${first}/in first`)).toBe(first);
    expect(shown('graph/gone.else_branch', null)).toBe('graph');
  });

  it('is the one that holds the selection of the graph in view in this model', () => {
    expect(shown(first, `${second}/in second`)).toBe(second);
    expect(shown('graph/gone.else_branch', `${second}/in second`)).toBe(second);
    expect(shown(first, 'graph/second')).toBe('graph');
  });

  it('is told by the nodes that it stands in', () => {
    const [main, , inner] = inspected.graphs;
    expect(placeOf(inspected.graphs, main!)).toBe('main graph');
    expect(placeOf(inspected.graphs, inner!)).toBe('second: then_branch');
  });
});

it('takes the trail from a model that has the graph in view', () => {
  const other = { ...inspected, graphs: inspected.graphs.slice(0, 1) };
  const models = [inspected, other].map((one, at) => ({ id: String(at), entry: { inspected: one } }));
  expect(graphsAround(models, 'graph/first.then_branch')).toBe(inspected.graphs);
  expect(graphsAround(models, 'graph')).toBe(other.graphs);
  expect(graphsAround(models, 'graph/gone.else_branch')).toEqual([]);
});
