import { describe, expect, it } from 'vitest';
import type { GraphStructure } from '../../../../engine/analysis/describe-graphs';
import type { InspectedNode, Inspection } from '../../../../engine/analysis/inspection';
import type { PassReport } from '../../../../engine/recipe/optimization';
import { filterRows, layerRows, layersCsv, sortRows, totalsOf } from './layer-rows';

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
    outputShapes: [[1, parameters]],
  };
}

function inspectionOf(nodes: readonly InspectedNode[], macs: number | null): Inspection {
  return { nodes, macs } as unknown as Inspection;
}

const inspection = inspectionOf(
  [
    nodeOf('graph/conv10', 'Conv', 10, 300),
    nodeOf('graph/conv2', 'Conv', 20, 100),
    nodeOf('graph/relu', 'Relu', 0, 0),
    nodeOf('graph/open', 'MatMul', 5, null),
  ],
  400,
);

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
  const rows = layerRows(inspection, graphs, passes);

  it('tells what each node is and costs', () => {
    expect(rows[0]).toMatchObject({
      number: 1,
      label: 'conv10',
      shape: '1 × 10',
      precision: 'int8',
      macs: 300,
      share: 0.75,
    });
    expect(rows[3]).toMatchObject({ macs: null, share: null, precision: null });
  });

  it('gives reasons for the node and for the weights that it reads', () => {
    expect(rows[2]?.leftAlone).toMatch(/: it has no weights\.$/);
    expect(rows[0]?.leftAlone).toMatch(/: it is small\.$/);
    expect(rows[1]?.leftAlone).toBe('');
  });

  it('sorts numbers by size and names by their numbers, and keeps what is not known last', () => {
    const labels = (column: 'label' | 'macs', descending: boolean) =>
      sortRows(rows, { column, descending }).map(({ label }) => label);
    expect(labels('label', false)).toEqual(['conv2', 'conv10', 'open', 'relu']);
    expect(labels('macs', true)).toEqual(['conv10', 'conv2', 'relu', 'open']);
    expect(labels('macs', false)).toEqual(['relu', 'conv2', 'conv10', 'open']);
  });

  it('filters, and adds up what is left', () => {
    const convolutions = filterRows(rows, 'conv');
    expect(totalsOf(convolutions)).toEqual({ nodes: 2, parameters: 30, macs: 400 });
    expect(totalsOf(rows).macs).toBeNull();
    expect(filterRows(rows, 'nothing')).toEqual([]);
  });

  it('writes what is shown as CSV', () => {
    const lines = layersCsv(filterRows(rows, 'conv2')).split('\r\n');
    expect(lines[0]).toBe('number,operator,node,output_shape,weights,parameters,macs,macs_share,left_alone');
    expect(lines[1]).toBe('2,Conv,graph/conv2,1 × 20,,20,100,0.25,');
  });
});

describe('totalsOf', () => {
  it('does not count what is inside a node twice, nor bodies of functions', () => {
    const rows = layerRows(
      inspectionOf(
        [
          nodeOf('graph/If_0', 'If', 0, 70),
          nodeOf('graph/If_0.then_branch/Conv_0', 'Conv', 3, 70),
          nodeOf('function:custom:Gelu/MatMul_0', 'MatMul', 0, 5),
        ],
        70,
      ),
      [],
      [],
    );
    expect(totalsOf(rows).macs).toBe(70);
    expect(totalsOf(filterRows(rows, 'conv')).macs).toBe(70);
  });
});
