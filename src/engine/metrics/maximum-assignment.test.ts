import * as fc from 'fast-check';
import { expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { maximumAssignment } from './class-order';

const tableOf = (table: readonly (readonly number[])[]) => ({
  rows: table.length,
  columns: table[0]?.length ?? 0,
  weights: Float64Array.from(table.flat()),
});
const sumOf = (table: readonly (readonly number[])[], columns: Iterable<number>): number =>
  Array.from(columns).reduce((sum, column, row) => sum + table[row]![column]!, 0);

/** Tries every assignment. */
function largestSum(table: readonly (readonly number[])[], row = 0, taken: ReadonlySet<number> = new Set()): number {
  if (row === table.length) return 0;
  const sums = table[row]!.map((weight, column) =>
    taken.has(column) ? -Infinity : weight + largestSum(table, row + 1, new Set(taken).add(column)),
  );
  return Math.max(...sums);
}

it('gives up the largest weight if the others are worth more together', () => {
  const table = [
    [10, 9],
    [9, 0],
  ];
  expect([...maximumAssignment(tableOf(table))]).toEqual([1, 0]);
});

it('is as good as the best of all assignments', () => {
  const anyTable = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.integer({ min: 0, max: 2 })).chain(([rows, more]) =>
    fc.array(fc.array(fc.integer({ min: -9, max: 30 }), { minLength: rows + more, maxLength: rows + more }), {
      minLength: rows,
      maxLength: rows,
    }),
  );
  fc.assert(
    fc.property(anyTable, (table) => {
      const columns = [...maximumAssignment(tableOf(table))];
      expect(new Set(columns).size).toBe(table.length);
      expect(sumOf(table, columns)).toBe(largestSum(table));
    }),
  );
});

it('finds a hidden permutation of 1,000 among weights of all sizes', () => {
  const random = createSeededRandom(7);
  const size = 1000;
  const weights = Float64Array.from({ length: size * size }, () => Math.floor(random.next() * 1000));
  const columnOf = (row: number) => (row * 7 + 3) % size;
  for (let row = 0; row < size; row++) weights[row * size + columnOf(row)] = 1000;
  const found = maximumAssignment({ rows: size, columns: size, weights });
  expect(found.every((column, row) => column === columnOf(row))).toBe(true);
});

it('refuses more rows than columns', () => {
  expect(() => maximumAssignment(tableOf([[1], [2]]))).toThrow('2 rows cannot have a column each of 1');
});
