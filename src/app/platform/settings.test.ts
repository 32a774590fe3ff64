import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseSettings, readSettings, settingsKey, writeSettings } from './settings';

function memoryStorage(): Pick<Storage, 'getItem' | 'setItem'> {
  const entries = new Map<string, string>();
  return { getItem: (key) => entries.get(key) ?? null, setItem: (key, value) => void entries.set(key, value) };
}

const defaults = {
  theme: 'auto',
  budget: 'standard',
  seed: 1,
  threads: null,
  singleKeyShortcuts: true,
  lastWork: null,
};

describe('settings', () => {
  it('start with defaults and keep written values', () => {
    const storage = memoryStorage();
    expect(readSettings(storage)).toEqual(defaults);
    writeSettings({ theme: 'dark' }, storage);
    writeSettings({ budget: 'careful' }, storage);
    expect(readSettings(storage)).toEqual({ ...defaults, theme: 'dark', budget: 'careful' });
  });

  it('replace only the value that makes no sense', () => {
    expect(parseSettings('{"theme":"neon","budget":"quick"}')).toEqual({ ...defaults, budget: 'quick' });
    expect(parseSettings('{"seed":-1,"threads":0,"theme":"dark"}')).toEqual({ ...defaults, theme: 'dark' });
    expect(parseSettings('{"seed":4294967296,"threads":2.5}')).toEqual(defaults);
    expect(parseSettings('{"seed":4294967295,"threads":2}')).toEqual({ ...defaults, seed: 0xffffffff, threads: 2 });
  });

  it('survive any text in storage', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (text) => {
        expect(['light', 'dark', 'auto']).toContain(parseSettings(text).theme);
      }),
    );
  });

  it('do without storage', () => {
    const broken = {
      getItem: () => {
        throw new Error('denied');
      },
      setItem: () => {
        throw new Error('denied');
      },
    };
    expect(readSettings(broken)).toEqual(defaults);
    expect(() => writeSettings({ theme: 'dark' }, broken)).not.toThrow();
    expect(settingsKey).toContain('pareto');
  });
});
