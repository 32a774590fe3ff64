import fc from 'fast-check';
import { expect, it } from 'vitest';
import { sampleRows } from './weight-matrix';

it('samples rows that are there, each once, however they are stored', () => {
  const size = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 3000 }), (rows, columns, most) => {
      const byRows = Float32Array.from({ length: rows * columns }, (_, at) => at);
      const byColumns = byRows.map((_, at) => (at % rows) * columns + Math.floor(at / rows));
      for (const [values, storedBy] of [[byRows, 'rows'] as const, [byColumns, 'columns'] as const]) {
        const sample = sampleRows(values, { rows, columns, storedBy }, most);
        expect(sample.indices.length).toBe(Math.max(1, Math.min(rows, Math.floor(most / columns))));
        expect(new Set(sample.indices).size).toBe(sample.indices.length);
        const expected = sample.indices.flatMap((row) => [...byRows.subarray(row * columns, (row + 1) * columns)]);
        expect([...sample.values]).toEqual(expected);
      }
    }),
    { numRuns: 50 },
  );
});
