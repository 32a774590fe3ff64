import { describe, expect, it } from 'vitest';
import type { GraphBlock } from '../../../../engine/analysis/graphs/inspect-blocks';
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { BlockIndex, collapseBlocks } from './collapse-blocks';

const nodeItem = (name: string): GraphStructure['items'][number] => ({
  kind: 'node',
  path: `graph/${name}`,
  title: name,
  precision: null,
  constants: [`${name}.weight`],
  graphs: [],
});

/** x → a0 → b0 → a1 → b1 → y, and x → b0, x → a1. */
const chain: GraphStructure = {
  path: 'graph',
  parent: null,
  items: [
    { ...nodeItem('x'), kind: 'input', path: 'graph:input:x' },
    ...['a0', 'b0', 'a1', 'b1'].map(nodeItem),
    { ...nodeItem('y'), kind: 'output', path: 'graph:output:y' },
  ],
  edges: [
    { from: 0, to: 1, values: ['x'] },
    { from: 0, to: 2, values: ['x'] },
    { from: 0, to: 3, values: ['x'] },
    { from: 1, to: 2, values: ['a0'] },
    { from: 2, to: 3, values: ['b0'] },
    { from: 3, to: 4, values: ['a1'] },
    { from: 4, to: 5, values: ['y'] },
  ],
};

const blocks: readonly GraphBlock[] = [1, 3].map((start, at) => ({
  path: `graph:block:graph/a${at}`,
  title: `Block ${at + 1} of 2`,
  start,
  end: start + 2,
  place: at + 1,
  count: 2,
}));

describe('collapseBlocks', () => {
  it('draws each block as one item, with one edge between two items', () => {
    const drawn = collapseBlocks(chain, blocks, new Set());
    expect(drawn.items.map(({ title }) => title)).toEqual(['x', 'Block 1 of 2', 'Block 2 of 2', 'y']);
    expect(drawn.items[1]).toMatchObject({ kind: 'block', members: ['graph/a0', 'graph/b0'] });
    expect(drawn.items[1]?.constants).toEqual(['a0.weight', 'b0.weight']);
    expect(drawn.edges).toEqual([
      { from: 0, to: 1, values: ['x'] },
      { from: 0, to: 2, values: ['x'] },
      { from: 1, to: 2, values: ['b0'] },
      { from: 2, to: 3, values: ['y'] },
    ]);
  });

  it('draws expanded blocks node by node', () => {
    const drawn = collapseBlocks(chain, blocks, new Set([blocks[1]!.path]));
    expect(drawn.items.map(({ title }) => title)).toEqual(['x', 'Block 1 of 2', 'a1', 'b1', 'y']);
    expect(drawn.edges.map(({ from, to }) => `${from}-${to}`)).toEqual(['0-1', '0-2', '1-2', '2-3', '3-4']);
  });

  it('leaves a graph without blocks unchanged', () => {
    expect(collapseBlocks(chain, [], new Set())).toBe(chain);
    expect(collapseBlocks(chain, blocks, new Set(blocks.map(({ path }) => path)))).toBe(chain);
  });
});

describe('BlockIndex', () => {
  it('finds blocks by their path, and by the nodes inside', () => {
    const index = new BlockIndex(new Map([['graph', blocks]]), [chain]);
    expect(index.find(blocks[0]!.path)?.members).toEqual(['graph/a0', 'graph/b0']);
    expect(index.find('graph/a0')).toBeNull();
    expect(index.around('graph/b1')).toBe(blocks[1]!.path);
    expect(index.around('graph:input:x')).toBeNull();
  });
});
