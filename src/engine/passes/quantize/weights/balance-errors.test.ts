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

const wholeSteps: GridForm = { bits: 4, symmetric: false, blockSize: 0 };
/** One row from -7 to 8: a step of 4 bits is 1. */
const oneRow = (row: Float32Array): QuantizedMatrix =>
  roundToGrid(row, fitGrid(row, 1, row.length, levelsOf(wholeSteps), fitMinMax));

it.each([0, 2, 4])('moves the weight that is nearest to the next code, in column %i', (column) => {
  const row = Float32Array.of(3.2, 3.1, 3.1, -7, 3.1, 8);
  row[column] = 2.45;
  const matrix = oneRow(row);
  const expected = matrix.codes.map((code, at) => (at === column ? code + 1 : code));
  new ErrorBalance(matrix).balance(row, 0);
  expect(matrix.codes).toEqual(expected);
});

it('leaves a row that adds up', () => {
  const exact = Float32Array.of(-7, 8, 3, 0);
  const matrix = oneRow(exact);
  const codes = matrix.codes.slice();
  new ErrorBalance(matrix).balance(exact, 0);
  expect(matrix.codes).toEqual(codes);
});
