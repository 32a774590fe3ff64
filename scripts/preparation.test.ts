import { mkdir, mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { needsBuild, needsInstall } from './preparation.mjs';

let folder: string;

async function write(name: string, timeSeconds: number): Promise<void> {
  const file = path.join(folder, name);
  await mkdir(path.dirname(file), { recursive: true });
  await writeFile(file, name);
  await utimes(file, timeSeconds, timeSeconds);
}

beforeEach(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'pareto-preparation-'));
  await write('package-lock.json', 1000);
});
afterEach(() => rm(folder, { recursive: true }));

describe('preparation', () => {
  it('installs when nothing is installed, when that was interrupted and when the lock file is newer', async () => {
    expect(needsInstall(folder)).toBe(true);
    await write('node_modules/react/package.json', 2000);
    expect(needsInstall(folder)).toBe(true);
    await write('node_modules/.package-lock.json', 2000);
    expect(needsInstall(folder)).toBe(false);
    await write('package-lock.json', 3000);
    expect(needsInstall(folder)).toBe(true);
  });

  it('builds when there is no build or a source is newer', async () => {
    const future = Date.now() / 1000 + 1000;
    expect(needsBuild(folder)).toBe(true);
    await write('src/deep/down/model.ts', 1000);
    await write('dist/index.html', future);
    expect(needsBuild(folder)).toBe(false);
    await write('src/deep/down/model.ts', future + 1);
    expect(needsBuild(folder)).toBe(true);
  });
});
