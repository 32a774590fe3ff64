import { describe, expect, it } from 'vitest';
import { NameSet } from './name-set';

describe('NameSet', () => {
  it('gives the first name that is free, each once', () => {
    const names = new NameSet(['a', 'a_2']);
    expect([names.addFree('a'), names.addFree('a'), names.addFree('b')]).toEqual(['a_1', 'a_3', 'b']);
    names.add('b_1');
    expect(names.addFree('b', (name) => name === 'b_2')).toBe('b_3');
    expect(names.has('b_3')).toBe(true);
    expect(names.has('b_2')).toBe(false);
  });

  it('does not count a base up from its beginning each time', () => {
    const names = new NameSet();
    let asked = 0;
    const isTakenElsewhere = () => {
      asked++;
      return false;
    };
    for (let count = 0; count < 1000; count++) names.addFree('a', isTakenElsewhere);
    expect(asked).toBeLessThan(2001);
  });
});
