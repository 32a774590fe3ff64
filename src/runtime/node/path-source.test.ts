import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { PathSource } from './path-source';

const folder = mkdtempSync(join(tmpdir(), 'pareto-path-source-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe('PathSource', () => {
  const path = join(folder, 'bytes');
  writeFileSync(
    path,
    Uint8Array.from({ length: 100 }, (_, index) => index),
  );

  it('reads windows of a file and of a window', () => {
    const source = PathSource.of(path);
    expect(source.sizeBytes).toBe(100);
    expect([...source.read(98)]).toEqual([98, 99]);
    expect([...source.slice(10, 20).slice(5, 50).read()]).toEqual([15, 16, 17, 18, 19]);
    const target = new Uint8Array(3);
    source.slice(40, 60).readInto?.(target, 2);
    expect([...target]).toEqual([42, 43, 44]);
    expect(source.read(7, 7)).toHaveLength(0);
  });

  it('refuses a file that changed its size or was removed, with its name', () => {
    const source = PathSource.of(path);
    appendFileSync(path, 'more');
    expect(() => source.read(0, 1)).toThrow(`"${path}" can no longer be read`);
    rmSync(path);
    expect(() => source.read(0, 1)).toThrow(`"${path}" can no longer be read`);
    expect(() => PathSource.of(path)).toThrow('ENOENT');
  });
});
