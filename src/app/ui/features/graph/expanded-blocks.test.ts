import { describe, expect, it } from 'vitest';
import type { GraphBlock } from '../../../../engine/analysis/graphs/inspect-blocks';
import type { GraphStructure } from '../../../../engine/analysis/graphs/inspect-graphs';
import { BlockIndex } from './collapse-blocks';
import { toggled, withSelected } from './GraphPanes';
import { createPartners } from './partners';

/** Four nodes in two blocks. */
function indexOf(names: readonly string[]): BlockIndex {
  const items = names.map((name): GraphStructure['items'][number] => {
    return { kind: 'node', path: `graph/${name}`, title: name, precision: null, constants: [], graphs: [] };
  });
  const blocks = [0, 2].map((start, at): GraphBlock => {
    const title = `Block ${at + 1} of 2`;
    return { path: `graph:block:graph/${names[start]}`, title, start, end: start + 2, place: at + 1, count: 2 };
  });
  return new BlockIndex(new Map([['graph', blocks]]), [{ path: 'graph', parent: null, items, edges: [] }]);
}

const models = [
  { id: 'original', blocks: indexOf(['a', 'b', 'c', 'd']) },
  { id: 'variant-1', blocks: indexOf(['p', 'q', 'r', 's']) },
];
// The first node of each block was replaced.
const partners = createPartners({
  same: 2,
  changed: [],
  onlyA: ['graph/a', 'graph/c'],
  onlyB: ['graph/p', 'graph/r'],
  pairs: [
    ['graph/b', 'graph/q'],
    ['graph/d', 'graph/s'],
  ],
});

describe('toggled', () => {
  it('expands a block and that of a partner, and selects its first node', () => {
    const next = toggled({}, models, partners, { of: 'original', path: 'graph:block:graph/c' })!;
    expect(next.selected).toBe('graph/c');
    expect(next.expanded).toEqual({
      original: new Set(['graph:block:graph/c']),
      'variant-1': new Set(['graph:block:graph/r']),
    });
  });

  it('collapses the block around a node again, and selects the block', () => {
    const open = toggled({}, models, partners, { of: 'original', path: 'graph:block:graph/a' })!.expanded;
    const next = toggled(open, models, partners, { of: 'variant-1', path: 'graph/q' })!;
    expect(next.selected).toBe('graph:block:graph/p');
    expect(next.expanded).toEqual({ original: new Set(), 'variant-1': new Set() });
  });

  it('is nothing without a block', () => {
    expect(toggled({}, models, partners, { of: 'original', path: 'graph:input:x' })).toBeNull();
    expect(toggled({}, [{ id: 'original', blocks: null }], partners, { of: 'original', path: 'graph/a' })).toBeNull();
  });
});

describe('withSelected', () => {
  it('expands around the selection in every model, and nothing for a block itself', () => {
    const before = {};
    expect(withSelected(before, models, partners, { of: 'original', path: 'graph/b' })).toEqual({
      original: new Set(['graph:block:graph/a']),
      'variant-1': new Set(['graph:block:graph/p']),
    });
    expect(withSelected(before, models, partners, { of: 'original', path: 'graph:block:graph/a' })).toBe(before);
    expect(withSelected(before, models, partners, { of: 'variant-1', path: 'graph/p' })).toEqual({
      'variant-1': new Set(['graph:block:graph/p']),
    });
  });
});
