import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerOf, quietContext } from '../../src/engine/data/testing/memory-files';
import { findDataFiles } from '../../src/runtime/node/disk/data-files';
import { openData } from './open-data';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'pareto-open-data-'));
  for (const name of ['bird', 'cat', 'dog', 'only-hidden', 'none'])
    mkdirSync(join(folder, 'animals', name), { recursive: true });
  for (const path of ['bird/2.png', 'dog/1.png', 'only-hidden/.keep']) writeFileSync(join(folder, 'animals', path), '');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('findDataFiles', () => {
  it('lists files by their path from the named folder, sorted, and empty folders', async () => {
    const files = await findDataFiles([join(folder, 'animals')], quietContext);
    expect(files.map(({ path }) => path)).toEqual([
      'animals/bird/2.png',
      'animals/cat/',
      'animals/dog/1.png',
      'animals/none/',
      'animals/only-hidden/',
    ]);
    const { description } = await openData(files, quietContext);
    expect(description.fields[1]!.classes).toEqual(['bird', 'cat', 'dog', 'none', 'only-hidden']);
  });

  it('refuses folders without a file, and a path that does not exist', async () => {
    const none = join(folder, 'animals/none');
    expect(await answerOf(() => findDataFiles([none], quietContext))).toMatch(/^There are no files in /);
    expect(await answerOf(() => findDataFiles([join(folder, 'gone')], quietContext))).toMatch(/^There is no file or/);
  });
});
