import { describe, expect, it } from 'vitest';
import { clearRestoreMark, crashesOfWork, markRestore } from './restore-marker';

function createStorage(): Storage {
  const entries = new Map<string, string>();
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  } as Storage;
}

describe('the mark of work that is being brought back', () => {
  it('counts the restores that did not finish', () => {
    const storage = createStorage();
    expect(crashesOfWork('a', storage)).toBe(0);
    markRestore('a', storage);
    markRestore('a', storage);
    expect(crashesOfWork('a', storage)).toBe(2);
    expect(crashesOfWork('b', storage)).toBe(0);
    clearRestoreMark(storage);
    expect(crashesOfWork('a', storage)).toBe(0);
  });

  it('restarts the count for other work and for a damaged mark', () => {
    const storage = createStorage();
    markRestore('a', storage);
    markRestore('b', storage);
    expect([crashesOfWork('a', storage), crashesOfWork('b', storage)]).toEqual([0, 1]);
    storage.setItem('pareto.restoring', '{"work":1');
    expect(crashesOfWork('b', storage)).toBe(0);
  });

  it('never fails if storage is disabled', () => {
    const refuse = () => {
      throw new DOMException('no', 'SecurityError');
    };
    const storage = { getItem: refuse, setItem: refuse, removeItem: refuse } as unknown as Storage;
    markRestore('a', storage);
    clearRestoreMark(storage);
    expect(crashesOfWork('a', storage)).toBe(0);
  });
});
