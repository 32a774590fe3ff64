import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createSeededRandom } from '../seeded-random';
import { lowRankBasis, type LowRankBasis, type WeightMatrix } from './low-rank';
import { matrixProduct, rowGram, transposed } from './matrix-products';

const go = () => Promise.resolve();

function randomMatrix(rows: number, columns: number, seed: number): Float64Array {
  const random = createSeededRandom(seed);
  return Float64Array.from({ length: rows * columns }, () => random.next() - 0.5);
}

/** B·A with the first `rank` rows of each. */
function made({ first, second }: LowRankBasis, rank: number, { outputs, inputs }: WeightMatrix): Float64Array {
  const product = new Float64Array(outputs * inputs);
  for (let row = 0; row < rank; row += 1) {
    for (let at = 0; at < product.length; at += 1) {
      product[at]! += second[row * outputs + Math.floor(at / inputs)]! * first[row * inputs + (at % inputs)]!;
    }
  }
  return product;
}

function squaredError(left: Float64Array, right: Float64Array): number {
  return left.reduce((sum, value, at) => sum + (value - right[at]!) ** 2, 0);
}

const squares = (matrix: Float64Array): number => squaredError(matrix, new Float64Array(matrix.length));

/** Inputs that lie near a plane, as columns. */
async function samplesOf(inputs: number, count: number, seed: number): Promise<Float64Array> {
  const few = await matrixProduct(
    randomMatrix(inputs, 2, seed),
    randomMatrix(2, count, seed + 1),
    { rows: inputs, inner: 2, columns: count },
    go,
  );
  const noise = randomMatrix(inputs, count, seed + 2);
  return few.map((value, at) => value + 0.05 * noise[at]!);
}

describe('lowRankBasis', () => {
  const size = fc.integer({ min: 1, max: 14 });

  it('makes up the whole matrix at full rank, and tells the error of smaller ones', async () => {
    await fc.assert(
      fc.asyncProperty(size, size, fc.nat(), async (outputs, inputs, seed) => {
        const weight = { outputs, inputs, values: randomMatrix(outputs, inputs, seed) };
        const full = Math.min(outputs, inputs);
        const basis = (await lowRankBasis(weight, full, undefined, go))!;
        for (let rank = 0; rank <= full; rank += 1) {
          const error = squaredError(weight.values, made(basis, rank, weight)) / squares(weight.values);
          expect(error).toBeCloseTo(basis.losses[rank]!, 10);
        }
        expect(basis.losses[full]).toBeLessThan(1e-12);
      }),
      { numRuns: 30 },
    );
  });

  it('finds a matrix of low rank again, and takes zeros', async () => {
    const shape = { rows: 20, inner: 3, columns: 30 };
    const values = await matrixProduct(randomMatrix(20, 3, 1), randomMatrix(3, 30, 2), shape, go);
    const weight = { outputs: 20, inputs: 30, values };
    expect(squaredError(values, made((await lowRankBasis(weight, 3, undefined, go))!, 3, weight))).toBeLessThan(1e-20);
    const zeros = { ...weight, values: new Float64Array(600) };
    const none = (await lowRankBasis(zeros, 3, undefined, go))!;
    expect([...none.losses]).toEqual([0, 0, 0, 0]);
    expect(made(none, 3, zeros).every((value) => value === 0)).toBe(true);
    expect(await lowRankBasis({ ...weight, values: values.fill(NaN) }, 3, undefined, go)).toBeNull();
  });

  it.each(['outputs', 'inputs'] as const)('uses the weights alone if all samples are zero, as %s', async (of) => {
    const weight = { outputs: 6, inputs: 5, values: randomMatrix(6, 5, 1) };
    const silent = { of, matrix: new Float64Array(weight[of] ** 2) };
    expect(await lowRankBasis(weight, 3, silent, go)).toEqual(await lowRankBasis(weight, 3, undefined, go));
  });

  it('is nearer on data than without, from outputs as from inputs, and still whole at full rank', async () => {
    for (const [outputs, inputs] of [
      [12, 9],
      [6, 15],
    ] as const) {
      const weight = { outputs, inputs, values: randomMatrix(outputs, inputs, 7) };
      const count = 400;
      const x = await samplesOf(inputs, count, 3);
      const given = { rows: outputs, inner: inputs, columns: count };
      const y = await matrixProduct(weight.values, x, given, go);
      const errorOf = async (basis: LowRankBasis, rank: number) =>
        squaredError(y, await matrixProduct(made(basis, rank, weight), x, given, go)) / squares(y);
      const full = Math.min(outputs, inputs);
      const plain = await errorOf((await lowRankBasis(weight, full, undefined, go))!, 2);
      for (const moments of [
        { of: 'outputs', matrix: await rowGram(y, outputs, count, go) },
        { of: 'inputs', matrix: await rowGram(x, inputs, count, go) },
      ] as const) {
        const basis = (await lowRankBasis(weight, full, moments, go))!;
        const error = await errorOf(basis, 2);
        expect(error).toBeLessThan(plain / 4);
        expect(basis.losses[2]! / error).toBeGreaterThan(0.9);
        expect(basis.losses[2]! / error).toBeLessThan(1.2);
        expect(await errorOf(basis, full)).toBeLessThan(1e-18);
      }
    }
  });
});

describe('matrix products', () => {
  it('are those of single sums', async () => {
    const [a, b] = [randomMatrix(5, 7, 1), randomMatrix(7, 4, 2)];
    const product = await matrixProduct(a, b, { rows: 5, inner: 7, columns: 4 }, go);
    const gram = await rowGram(a, 5, 7, go);
    const sum = (terms: (k: number) => number) => [0, 1, 2, 3, 4, 5, 6].reduce((total, k) => total + terms(k), 0);
    product.forEach((value, at) => {
      const [row, column] = [Math.floor(at / 4), at % 4];
      expect(value).toBeCloseTo(
        sum((k) => a[row * 7 + k]! * b[k * 4 + column]!),
        12,
      );
    });
    gram.forEach((value, at) => {
      expect(value).toBeCloseTo(
        sum((k) => a[Math.floor(at / 5) * 7 + k]! * a[(at % 5) * 7 + k]!),
        12,
      );
    });
    expect([...transposed(transposed(a, 5, 7), 7, 5)]).toEqual([...a]);
  });
});
