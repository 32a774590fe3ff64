import { describe, expect, it } from 'vitest';
import { AtomSpace, isLock } from './atoms';

describe('the positions of an axis', () => {
  it('are atoms of their own, also none', () => {
    const space = new AtomSpace();
    expect(space.fresh(3, 'a')).toEqual(Int32Array.of(0, 1, 2));
    expect(space.fresh(0, 'b')).toEqual(new Int32Array(0));
    expect(space.fresh(2, 'c')).toEqual(Int32Array.of(3, 4));
    expect(space.count).toBe(5);
  });

  it.each([
    [-1, 'Its size is unknown.'],
    [NaN, 'Its size is unknown.'],
    [2 ** 18 + 1, 'It has too many positions to track each of them.'],
  ])('stay if there are %s of them', (size, reason) => {
    const space = new AtomSpace();
    expect(space.fresh(size, 'a')).toEqual({ path: 'a', reason });
    expect(space.count).toBe(0);
  });

  it('may be as many as the longest vocabulary, and as all axes together may have', () => {
    const space = new AtomSpace();
    for (let axis = 0; axis < 16; axis += 1) expect(isLock(space.fresh(2 ** 18, 'a'))).toBe(false);
    expect(space.fresh(1, 'b')).toEqual({ path: 'b', reason: 'The model has too many channels to track.' });
  });

  it('stay for a node with too many, and for all nodes once there are too many together', () => {
    const space = new AtomSpace();
    expect(space.refusalOf('a', 2 ** 20)).toBeUndefined();
    expect(space.refusalOf('b', 2 ** 20 + 1)?.reason).toBe('It has too many positions to track each of them.');
    for (let node = 2; node < 64; node += 1) expect(space.refusalOf('c', 2 ** 20)).toBeUndefined();
    expect(space.refusalOf('d', 1)).toEqual({ path: 'd', reason: 'The model has too many channels to track.' });
    expect(space.refusalOf('e', 0)?.path).toBe('d');
  });
});
