import fc from 'fast-check';
import { expect, it } from 'vitest';
import { inRows, inStoredOrder, RowSample, type MatrixShape } from './weight-matrix';

it('samples rows that are there, each once, however they are stored', () => {
  const size = fc.integer({ min: 1, max: 90 });
  fc.assert(
    fc.property(size, size, fc.integer({ min: 1, max: 3000 }), (rows, columns, most) => {
      const byRows = Float32Array.from({ length: rows * columns }, (_, at) => at);
      const byColumns = byRows.map((_, at) => (at % rows) * columns + Math.floor(at / rows));
      for (const [values, storedBy] of [[byRows, 'rows'] as const, [byColumns, 'columns'] as const]) {
        const sample = new RowSample({ rows, columns, storedBy }, most);
        // Columns may come in parts.
        const half = storedBy === 'columns' ? Math.floor(columns / 2) : 0;
        if (half > 0) sample.gather(values.subarray(0, half * rows));
        sample.gather(values.subarray(half * rows), half);
        expect(sample.indices.length).toBe(Math.max(1, Math.min(rows, Math.floor(most / columns))));
        expect(new Set(sample.indices).size).toBe(sample.indices.length);
        const expected = sample.indices.flatMap((row) => [...byRows.subarray(row * columns, (row + 1) * columns)]);
        expect([...sample.values]).toEqual(expected);
      }
    }),
    { numRuns: 50 },
  );
});

it('reads kernels of ConvTranspose row by row, writes them back, and samples them', () => {
  const size = fc.integer({ min: 1, max: 9 });
  fc.assert(
    fc.property(size, size, size, (rows, inputs, together) => {
      const shape: MatrixShape = { rows, columns: inputs * together, storedBy: 'columns', together };
      const stored = Float32Array.from({ length: rows * shape.columns }, (_, at) => at);
      const byRows = inRows(stored, shape);
      for (const [at, value] of byRows.entries()) {
        const [row, column] = [Math.floor(at / shape.columns), at % shape.columns];
        const input = Math.floor(column / together);
        expect(value).toBe((input * rows + row) * together + (column % together));
      }
      expect(inStoredOrder(byRows, shape)).toEqual(stored);
      const sample = new RowSample(shape, rows * shape.columns);
      sample.gather(stored);
      const { indices, values } = sample;
      expect(indices.length).toBe(rows);
      expect([...values]).toEqual(
        indices.flatMap((row) => [...byRows.subarray(row * shape.columns, (row + 1) * shape.columns)]),
      );
    }),
    { numRuns: 50 },
  );
});
