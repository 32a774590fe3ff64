import { describe, expect, it } from 'vitest';
import { node } from './testing/build';
import { inTopologicalOrder } from './topological-order';

describe('inTopologicalOrder', () => {
  it('moves only what reads what comes later', () => {
    const [first, last, other] = [node('Abs', ['x'], ['a']), node('Neg', ['b'], ['y']), node('Exp', ['a'], ['b'])];
    expect(inTopologicalOrder([first, last, other])).toEqual([first, other, last]);
    const ordered = [first, other, last];
    expect(inTopologicalOrder(ordered)).toBe(ordered);
  });

  it('orders a node that reads more than fits on the stack', () => {
    const makers = Array.from({ length: 200_000 }, (_, at) => node('Abs', ['x'], [`v${at}`]));
    const reader = node(
      'Concat',
      makers.map(({ outputs }) => outputs[0]!),
      ['y'],
      { axis: 0n },
    );
    expect(inTopologicalOrder([reader, ...makers]).at(-1)).toBe(reader);
  });
});
