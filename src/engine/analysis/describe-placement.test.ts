import { describe, expect, it } from 'vitest';
import { describePlacement } from './describe-placement';

const leaving = (...nodes: readonly (readonly [op: string, reason?: string])[]) =>
  nodes.map(([op, reason = 'no kernel']) => ({ op, reason }));

describe('describePlacement', () => {
  it('names operators, the most frequent first, those of equal number by name', () => {
    const leaves = leaving(['Round'], ['NonZero'], ['Round'], ['Det']);
    expect(describePlacement('WebGPU', leaves, [])).toBe('4 nodes will not run on WebGPU: Round ×2, Det, NonZero.');
    expect(describePlacement('WebNN', leaving(['Round']), [])).toBe('1 node will not run on WebNN: Round.');
  });

  it('counts copies', () => {
    expect(describePlacement('WebGPU', leaving(['Round']), [], [], 1)).toBe(
      '1 node will not run on WebGPU (1 copy): Round.',
    );
    expect(describePlacement('WebGPU', leaving(['Round']), [], [], 'about 2')).toContain(
      'WebGPU (about 2 copies): Round.',
    );
  });

  it('distinguishes that nothing leaves from that nothing is known to', () => {
    expect(describePlacement('WebGPU', [], [])).toBe('All nodes run on WebGPU.');
    expect(describePlacement('WebGPU', [], [{ op: 'Wild', nodes: 2 }])).toBe(
      'All nodes with known support run on WebGPU. Not measured for 2 nodes: Wild ×2.',
    );
  });

  it('warns of nodes that stay on the provider and compute wrong numbers', () => {
    expect(describePlacement('WebGPU', [], [], leaving(['ConvTranspose']))).toBe(
      'All nodes run on WebGPU. 1 node computes wrong numbers there: ConvTranspose.',
    );
  });

  it('explains harmless nodes and suggests a remedy for the others', () => {
    const leaves = leaving(['Add', 'shape work'], ['Conv', 'open size'], ['Relu', 'open size']);
    expect(describePlacement('WebNN', leaves, [])).toBe(
      '3 nodes will not run on WebNN: Add, Conv, Relu. 1 of them only computes shapes, which is faster on the CPU. 2 of them have open sizes: fix the free dimensions.',
    );
  });

  it('names six operators and counts the others', () => {
    const leaves = leaving(...[...'ABCDEFGH'].map((op) => [op] as const));
    expect(describePlacement('WebGPU', leaves, [])).toBe(
      '8 nodes will not run on WebGPU: A, B, C, D, E, F and 2 other operators.',
    );
  });
});
