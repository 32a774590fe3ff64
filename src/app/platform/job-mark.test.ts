import { expect, it } from 'vitest';
import { clearRunning, markRunning, takeCrash } from '../start-app';

function memoryStorage() {
  const entries = new Map<string, string>();
  return {
    getItem: (key: string) => entries.get(key) ?? null,
    setItem: (key: string, value: string) => void entries.set(key, value),
    removeItem: (key: string) => void entries.delete(key),
  };
}

/** Locks of a browser whose tabs are alive, or all gone. */
function locksOf(alive: boolean): Parameters<typeof takeCrash>[1] {
  const held: string[] = [];
  return {
    request: ((name: string) => {
      held.push(name);
      return new Promise(() => undefined);
    }) as unknown as LockManager['request'],
    query: async () => ({ held: alive ? held.map((name) => ({ name })) : [], pending: [] }),
  };
}

it('reports the interrupted work of a closed tab once', async () => {
  const storage = memoryStorage();
  markRunning('measuring 4 cells', storage, locksOf(true));
  expect(await takeCrash(storage, locksOf(false))).toBe('measuring 4 cells');
  expect(await takeCrash(storage, locksOf(false))).toBeNull();
});

it('tells nothing of a tab that ended in order, or still works', async () => {
  const storage = memoryStorage();
  markRunning('measuring', storage, locksOf(true));
  const name = (JSON.parse(storage.getItem('pareto.running')!) as { tab: string }).tab;
  const alive = { ...locksOf(true)!, query: async () => ({ held: [{ name }], pending: [] }) };
  expect(await takeCrash(storage, alive)).toBeNull();
  expect(storage.getItem('pareto.running')).not.toBeNull();
  clearRunning(storage);
  expect(await takeCrash(storage, locksOf(false))).toBeNull();
});

it('keeps the mark of another tab when this one has no jobs', async () => {
  const storage = memoryStorage();
  storage.setItem('pareto.running', JSON.stringify({ what: 'searching', tab: 'another' }));
  clearRunning(storage);
  expect(await takeCrash(storage, locksOf(false))).toBe('searching');
});

it('takes any text for no mark', async () => {
  const storage = memoryStorage();
  for (const text of ['', '{', 'null', '{"what":1}', `{"what":"${'x'.repeat(400)}","tab":"a"}`]) {
    storage.setItem('pareto.running', text);
    expect(await takeCrash(storage, locksOf(false))).toBeNull();
  }
});
