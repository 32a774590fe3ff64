import { existsSync, readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { leftOut, slowFiles } from './slow-tests.mjs';

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

it('lists files that are there', () => {
  const listed = JSON.parse(readFileSync(new URL('slow-tests.json', import.meta.url), 'utf8')) as readonly string[];
  expect(listed.length).toBeGreaterThan(0);
  expect(listed.filter((file) => !existsSync(new URL(`../${file}`, import.meta.url)))).toEqual([]);
});
