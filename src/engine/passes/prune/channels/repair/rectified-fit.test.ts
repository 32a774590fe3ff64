import { describe, expect, it } from 'vitest';
import { NormalSums } from '../../../../linear-algebra/normal-sums';
import { createSeededRandom } from '../../../../seeded-random';
import { fitLinear, squaredError, type LinearFit } from './least-squares';
import { fitRectified, rectifiedError, RectifiedRows } from './rectified-fit';

const checkpoint = (): Promise<void> => Promise.resolve();
const ridge = 1e-4;

/**
 * The sums contain two inputs of three. The first output behind a Relu needs the third input only below its threshold.
 */
async function problemOf(seed: number, sign: 1 | -1, threshold: number) {
  const random = createSeededRandom(seed);
  const sums = new NormalSums(2, 1);
  const rows = new RectifiedRows(Float64Array.of(sign));
  for (let panel = 0; panel < 3; panel += 1) {
    const count = 200;
    for (let at = 0; at < count; at += 1) {
      const [a, b, c] = [random.next() * 2 - 1, random.next() * 2 - 1, random.next()];
      sums.inputPanel[at] = a;
      sums.inputPanel[sums.capacity + at] = b;
      const above = a + 0.5 * b;
      sums.outputPanel[at] = threshold + sign * (above > 0 ? above : -3 * c);
    }
    rows.fill(0, 0, new Float32Array(count).fill(threshold));
    rows.add(sums, count);
    await sums.addPanel(count, checkpoint);
  }
  return { sums, rows };
}

describe('fitRectified', () => {
  it.each([
    [1, 0],
    [1, 0.7],
    [-1, -0.3],
  ] as const)(
    'comes nearer to the outputs of Relu than least squares (scale %d, threshold %d)',
    async (sign, threshold) => {
      const { sums, rows } = await problemOf(1, sign, threshold);
      const { rows: heldOut } = await problemOf(2, sign, threshold);
      const start = new Float64Array([sign, sign * 0.5]);
      const first = (await fitLinear(sums, start, { hasBias: true, ridge }, checkpoint))!;
      const { fit, error } = await fitRectified({ sums, rows, heldOut, start, first }, checkpoint);
      expect(error).toBe(await rectifiedError(heldOut, fit, checkpoint));
      expect(error).toBeLessThan(0.95 * (await rectifiedError(heldOut, first, checkpoint)));
      // Positions that do not count may be further off.
      expect(squaredError(sums, fit)).toBeGreaterThan(squaredError(sums, first));
    },
  );

  it('equals least squares if all is above the threshold', async () => {
    const { sums, rows } = await problemOf(1, 1, 0);
    const low = new RectifiedRows(Float64Array.of(1));
    low.panels.push(...rows.panels.map((panel) => ({ ...panel, thresholds: panel.thresholds.map(() => -100) })));
    const start = new Float64Array(2);
    const first: LinearFit = { weights: Float64Array.of(1, 0), bias: Float64Array.of(0) };
    expect(await rectifiedError(low, first, checkpoint)).toBeCloseTo(squaredError(sums, first), 5);
    const plain = (await fitLinear(sums, Float64Array.of(1, 1), { hasBias: true, ridge }, checkpoint))!;
    const { fit } = await fitRectified(
      {
        sums,
        rows: low,
        heldOut: low,
        start: Float64Array.of(1, 1),
        first: { ...plain, ...first, weights: start },
      },
      checkpoint,
    );
    fit.weights.forEach((weight, at) => expect(weight).toBeCloseTo(plain.weights[at]!, 6));
  });
});
