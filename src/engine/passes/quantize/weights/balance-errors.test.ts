import { expect, it } from 'vitest';
import { createSeededRandom } from '../../../seeded-random';
import { ErrorBalance } from './balance-errors';
import { fitMinMax } from './fits/min-max';
import { dequantize, fitGrid, levelsOf, roundToGrid, type GridForm, type QuantizedMatrix } from './weight-grid';

const random = createSeededRandom(3);
const [rows, columns] = [12, 70];
const values = Float32Array.from({ length: rows * columns }, (_, at) => (random.next() - 0.4) * (1 + (at % 7)));

const round = (form: GridForm): QuantizedMatrix =>
  roundToGrid(values, fitGrid(values, rows, columns, levelsOf(form), fitMinMax));

const errorsOf = (matrix: QuantizedMatrix): Float64Array =>
  Float64Array.from(dequantize(matrix), (value, at) => value - values[at]!);

it.each<GridForm>([
  { bits: 4, symmetric: false, blockSize: 32 },
  { bits: 4, symmetric: true, blockSize: 16 },
  { bits: 8, symmetric: true, blockSize: 0 },
  { bits: 2, symmetric: false, blockSize: 32 },
])('makes every row add up again at little cost: %o', (form) => {
  const matrix = round(form);
  const before = errorsOf(matrix);
  const codes = matrix.codes.slice();
  const balance = new ErrorBalance(matrix);
  for (let row = 0; row < rows; row += 1) balance.balance(values, row);
  const after = errorsOf(matrix);
  const { blocks, scales } = matrix.grid;
  const sums = (errors: Float64Array): number[] =>
    Array.from({ length: rows }, (_, row) =>
      Math.abs(errors.slice(row * columns, (row + 1) * columns).reduce((a, b) => a + b)),
    );
  const [summedBefore, summedAfter] = [sums(before), sums(after)];
  summedAfter.forEach((sum, row) => {
    const widest = Math.max(...scales.slice(row * blocks, (row + 1) * blocks).map(Math.abs));
    expect(sum).toBeLessThanOrEqual(Math.max(widest / 2, 1e-6) * 1.01);
    expect(sum).toBeLessThanOrEqual(summedBefore[row]!);
  });
  expect(summedAfter.reduce((a, b) => a + b)).toBeLessThan(summedBefore.reduce((a, b) => a + b) / 2);
  matrix.codes.forEach((code, at) => expect(Math.abs(code - codes[at]!)).toBeLessThanOrEqual(1));
  const energy = (errors: Float64Array): number => errors.reduce((sum, error) => sum + error * error, 0);
  expect(energy(after)).toBeLessThan(energy(before) * 1.2);
});

it('leaves a row that adds up', () => {
  const exact = Float32Array.of(-7, 8, 3, 0);
  const matrix = roundToGrid(
    exact,
    fitGrid(exact, 1, 4, levelsOf({ bits: 4, symmetric: false, blockSize: 0 }), fitMinMax),
  );
  const codes = matrix.codes.slice();
  new ErrorBalance(matrix).balance(exact, 0);
  expect(matrix.codes).toEqual(codes);
});
