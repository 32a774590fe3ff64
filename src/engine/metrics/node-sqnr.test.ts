import { describe, expect, it } from 'vitest';
import { sqnrByPath } from './node-sqnr';

describe('sqnrByPath', () => {
  it('takes the worst output of a node, and null only if none could be compared', () => {
    const entry = (a: string, b: string, sqnrDb: number | null) => ({ a, b, op: 'Split', value: 'v', sqnrDb });
    const nodes = [entry('a1', 'b1', 40), entry('a1', 'b1', null), entry('a1', 'b2', 25), entry('a2', 'b3', null)];
    expect([...sqnrByPath(nodes, 'a')]).toEqual([
      ['a1', 25],
      ['a2', null],
    ]);
    const alone = nodes.map((node, at) => ({ ...node, localSqnrDb: [50, 45, null, null][at] }));
    expect([...sqnrByPath(alone, 'a', 'localSqnrDb')]).toEqual([
      ['a1', 45],
      ['a2', null],
    ]);
    expect([...sqnrByPath(nodes, 'b')]).toEqual([
      ['b1', 40],
      ['b2', 25],
      ['b3', null],
    ]);
  });
});
