import { expect, it } from 'vitest';
import { drawSome, mutantsOf, withMutant } from './mutants.ts';

const changedTo = (source: string) => mutantsOf('a.ts', source).map((mutant) => withMutant(source, mutant));

it('changes operators, conditions, negations, numbers and truth values', () => {
  expect(changedTo('export const f = (a: number) => a < 3;')).toEqual([
    'export const f = (a: number) => a <= 3;',
    'export const f = (a: number) => a < 4;',
  ]);
  expect(changedTo('if (!a) b();')).toEqual(['if (a) b();', 'if (false) b();', 'if (true) b();']);
  expect(changedTo('const all = list.every(f) && true;')).toEqual([
    'const all = list.some(f) && true;',
    'const all = list.every(f) || true;',
    'const all = list.every(f) && false;',
  ]);
  expect(changedTo('const m = a ? Math.min(b, c) : d;')).toEqual([
    'const m = false ? Math.min(b, c) : d;',
    'const m = true ? Math.min(b, c) : d;',
    'const m = a ? Math.max(b, c) : d;',
  ]);
});

it('leaves types, imports, comments and text alone', () => {
  const source = `import { a } from './a';
// 1 < 2
type T = 1 | 2;
interface I { readonly count: 3 }
export type { T } from './t';
const text = 'a < 1' + \`b \${a}\`;`;
  expect(changedTo(source)).toEqual([]);
});

it('draws distinct items, the same for a seed, and all if there are too few', () => {
  const all = Array.from({ length: 50 }, (_, at) => at);
  const drawn = drawSome(all, 20, 7);
  expect(new Set(drawn).size).toBe(20);
  expect(drawSome(all, 20, 7)).toEqual(drawn);
  expect(drawSome(all, 20, 8)).not.toEqual(drawn);
  expect(drawSome(all, 99, 7).toSorted((a, b) => a - b)).toEqual(all);
});
