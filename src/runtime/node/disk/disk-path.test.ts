import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findPath, readWhole, systemRefusal, whyNot } from './disk-path';

let folder = '';
const inFolder = (name: string) => join(folder, name);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-path-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('readWhole', () => {
  it('reads a file', async () => {
    writeFileSync(inFolder('recipe.json'), '{}');
    expect((await readWhole(inFolder('recipe.json'), new AbortController().signal)).toString()).toBe('{}');
  });

  it('stops waiting for a pipe without a writer if asked to', async () => {
    expect(spawnSync('sh', ['-c', 'mkfifo "$0"', inFolder('pipe')]).status).toBe(0);
    const controller = new AbortController();
    const read = readWhole(inFolder('pipe'), controller.signal);
    // The event loop is free meanwhile: this is what lets a signal of the system in.
    setImmediate(() => controller.abort());
    await expect(read).rejects.toThrow(expect.objectContaining({ name: 'AbortError' }));
  });
});

describe('whyNot', () => {
  it('has words for refusals of a system to open or to write, and no code', () => {
    for (const code of ['EFBIG', 'EMFILE', 'ENFILE', 'ENOSPC', 'EDQUOT', 'EACCES', 'EIO', 'EBUSY', 'ENOMEM']) {
      expect(whyNot(Object.assign(new Error(code), { code }))).not.toContain(code);
    }
  });

  it('tells an error of the system from any other', () => {
    const refused = Object.assign(new Error('EMFILE: too many open files'), {
      code: 'EMFILE',
      syscall: 'open',
      path: 'a.png',
    });
    expect(systemRefusal(refused)).toMatch(/^a\.png cannot be read or written: too many files are open/);
    expect(systemRefusal(new Error('EMFILE'))).toBeUndefined();
    expect(systemRefusal('EMFILE')).toBeUndefined();
  });
});

describe('findPath', () => {
  it('says of a name that was no text why nothing is found', () => {
    expect(() => findPath(inFolder('\uFFFD.onnx'))).toThrow(/its name is not UTF-8. Rename it\.$/);
    expect(findPath(inFolder('missing.onnx'))).toBeUndefined();
  });
});
