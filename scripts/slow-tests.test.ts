import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { expect, it } from 'vitest';
import { changedFiles, leftOut, slowFiles } from './slow-tests.mjs';

const took = (name: string, ...durations: number[]) => ({
  name: `/here/${name}`,
  assertionResults: durations.map((duration) => ({ duration })),
});

it('calls files slow by their slowest test and by all of them together', () => {
  const files = [took('b.test.ts', 10, 400), took('a.test.ts', ...Array<number>(16).fill(100)), took('c.test.ts', 290)];
  expect(slowFiles(files, '/here')).toEqual(['a.test.ts', 'b.test.ts']);
});

it('leaves out no test of a file that was changed', () => {
  const slow = ['src/a/x.test.ts', 'src/a/y.runtime.test.ts', 'src/a/z.test.ts'];
  expect(leftOut(slow, ['src/a/x.ts', 'src/a/y.ts', 'README.md'])).toEqual(['src/a/z.test.ts']);
  expect(leftOut(slow, ['src/a/z.test.ts'])).toEqual(['src/a/x.test.ts', 'src/a/y.runtime.test.ts']);
});

it('counts files of the last commit and the working tree, without merges and first commits', () => {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'pareto-changed-'));
  const git = (...words: string[]): void => {
    const who = ['-c', 'user.name=a', '-c', 'user.email=a@example.org', '-c', 'commit.gpgsign=false'];
    execFileSync('git', [...who, ...words], { cwd: folder, stdio: 'ignore' });
  };
  const commit = (name: string): void => {
    writeFileSync(path.join(folder, name), name);
    git('add', '.');
    git('commit', '-m', name);
  };
  try {
    git('init', '-b', 'main');
    commit('first');
    expect(changedFiles(folder)).toEqual([]);
    git('checkout', '-b', 'other');
    for (const name of ['long-ago', 'theirs']) commit(name);
    git('checkout', 'main');
    commit('mine');
    git('merge', '--no-edit', 'other');
    const [last, ...rest] = changedFiles(folder);
    expect([['mine', 'theirs'].includes(last!), rest]).toEqual([true, []]);
    writeFileSync(path.join(folder, 'first'), 'again');
    writeFileSync(path.join(folder, 'new'), '');
    expect(changedFiles(folder)).toEqual([last, 'first', 'new']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

it('lists files that are there', () => {
  const listed = JSON.parse(readFileSync(new URL('slow-tests.json', import.meta.url), 'utf8')) as readonly string[];
  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))).toEqual([]);
});
