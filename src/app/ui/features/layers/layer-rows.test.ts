import { describe, expect, it } from 'vitest';
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import type { InspectedNode, Inspection } from '../../../../engine/analysis/inspection';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { macsMetric, parametersMetric } from '../../../node-facts/inspected-metrics';
import type { NodeMetric, NodeSubject } from '../../../node-facts/node-metric';
import { costliestFirst, filterRows, foldRows, layerRows, layersCsv, sortRows, type MetricColumn } from './layer-rows';

function nodeOf(path: string, op: string, parameters: number, macs: number | null): InspectedNode {
  return {
    path,
    name: '',
    op,
    domain: '',
    inputs: [],
    outputs: ['y'],
    parameters,
    macs,
    flops: macs,
    bytes: null,
    outputShapes: [[1, parameters]],
  };
}

function subjectOf(
  nodes: readonly InspectedNode[],
  macs: number | null,
  graphs: readonly GraphStructure[],
): NodeSubject {
  return { id: 'original', files: null, inspection: { nodes, macs, parameters: 35 } as unknown as Inspection, graphs };
}

/** The metric is known only for one node, as a measurement may be. */
const timeMetric: NodeMetric = {
  ...macsMetric,
  id: 'time',
  sum: null,
  totalOf: undefined,
  column: { csv: 'time_ms', shown: 'when-known' },
  numbersOf: () => ({ state: 'known', byPath: new Map([['graph/relu', 1.5]]), source: null }),
};

function columnsOf(subject: NodeSubject, metrics: readonly NodeMetric[]): MetricColumn[] {
  return metrics.map((metric) => ({ metric, numbers: metric.numbersOf(subject) }));
}

const nodes: readonly InspectedNode[] = [
  nodeOf('graph/conv10', 'Conv', 10, 300),
  { ...nodeOf('graph/conv2', 'Conv', 20, 100), leaves: ['webgpu', 'webnn'] },
  nodeOf('graph/relu', 'Relu', 0, 0),
  nodeOf('graph/open', 'MatMul', 5, null),
];

describe('layerRows', () => {
  const graphs = [
    {
      path: 'graph',
      items: [
        { path: 'graph/conv10', precision: 'int8', constants: ['w'] },
        { path: 'graph/relu', precision: null, constants: [] },
      ],
    },
  ] as unknown as GraphStructure[];
  const passes = [
    {
      id: 'quantize-dynamic',
      refusals: [
        { path: 'graph/relu', op: 'Relu', code: 'a', reason: 'it has no weights' },
        { path: 'graph/w', op: 'Conv', code: 'b', reason: 'it is small' },
      ],
    },
  ] as unknown as PassReport[];
  const subject = subjectOf(nodes, 400, graphs);
  const columns = columnsOf(subject, [parametersMetric, macsMetric, timeMetric]);
  const rows = layerRows(subject, columns, passes);

  it('describes the kind and the cost of each node', () => {
    expect(rows[0]).toMatchObject({
      number: 1,
      label: 'conv10',
      shape: '1 × 10',
      precision: 'int8',
      numbers: { parameters: { value: 10, share: 10 / 35 }, macs: { value: 300, share: 0.75 } },
    });
    expect(rows[3]).toMatchObject({ numbers: { macs: null }, precision: null });
    expect(rows[2]?.numbers).toEqual({
      parameters: { value: 0, share: 0 },
      macs: { value: 0, share: 0 },
      time: { value: 1.5, share: null },
    });
  });

  it('gives reasons for the node and for the weights that it reads', () => {
    expect(rows[2]?.leftAlone).toMatch(/: it has no weights\.$/);
    expect(rows[0]?.leftAlone).toMatch(/: it is small\.$/);
    expect(rows[1]?.leftAlone).toBe('');
  });

  it('sorts numbers by size and names by their numbers, and keeps unknown ones last', () => {
    const labels = (column: string, descending: boolean) =>
      sortRows(rows, { column, descending }).map(({ label }) => label);
    expect(labels('label', false)).toEqual(['conv2', 'conv10', 'open', 'relu']);
    expect(labels('macs', true)).toEqual(['conv10', 'conv2', 'relu', 'open']);
    expect(labels('macs', false)).toEqual(['relu', 'conv2', 'conv10', 'open']);
    expect(labels('time', true)).toEqual(['relu', 'conv10', 'conv2', 'open']);
  });

  it('begins with the most costly row, by parameters if no MACs are known', () => {
    expect(costliestFirst(rows).column).toBe('macs');
    const unknown = rows.map((row) => ({ ...row, numbers: { ...row.numbers, macs: null } }));
    expect(costliestFirst(unknown)).toEqual({ column: 'parameters', descending: true });
  });

  it('filters by operator, name and shape', () => {
    expect(filterRows(rows, 'conv').map(({ label }) => label)).toEqual(['conv10', 'conv2']);
    expect(filterRows(rows, 'conv 1x20').map(({ label }) => label)).toEqual(['conv2']);
    expect(filterRows(rows, 'nothing')).toEqual([]);
  });

  it('writes the shown rows as CSV', () => {
    const lines = layersCsv(filterRows(rows, 'conv2'), columns).split('\r\n');
    expect(lines[0]).toBe(
      'number,operator,node,output_shape,weights,parameters,parameters_share,macs,macs_share,time_ms,leaves,left_alone',
    );
    expect(lines[1]).toBe(`2,Conv,graph/conv2,1 × 20,,20,${20 / 35},100,0.25,,"WebGPU, WebNN",`);
  });
});

describe('foldRows', () => {
  it('leaves out helper nodes, whose numbers, reasons and names their layers have', () => {
    const subject = subjectOf(nodes, 400, []);
    const columns = columnsOf(subject, [parametersMetric, macsMetric, timeMetric]);
    const rows = foldRows(
      layerRows(subject, columns, []),
      new Map([
        ['graph/conv2', 'graph/conv10'],
        ['graph/open', 'graph/relu'],
      ]),
      columns,
    );
    expect(rows.map(({ label, helpers }) => [label, helpers])).toEqual([
      ['conv10', ['graph/conv2']],
      ['relu', ['graph/open']],
    ]);
    const [conv, relu] = rows;
    expect(conv!.numbers[parametersMetric.id]?.value).toBe(30);
    expect(conv!.numbers[macsMetric.id]).toEqual({ value: 400, share: 1 });
    expect(conv!.leaves).toBe('WebGPU, WebNN');
    // The MACs of one of its nodes are not known.
    expect(relu!.numbers[macsMetric.id]).toBeNull();
    expect(relu!.numbers['time']?.value).toBe(1.5);
    expect(filterRows(rows, 'conv2').map(({ label }) => label)).toEqual(['conv10']);
  });
});
