/** Muon's update through ONNX Runtime, against its formula in double precision. */
import { describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import { graph, model, valueInfo } from '../onnx/testing/build';
import { createSeededRandom } from '../seeded-random';
import { polynomials } from './muon';
import { emitUpdate, stepScalars, type OptimizerSettings } from './optimizers';
import { StepBuilder } from './step-builder';
import { loadOrtInNode } from '../../runtime/node/ort';

const settings: OptimizerSettings = { kind: 'muon', weightDecay: 0 };
const random = createSeededRandom(3);
const draw = (count: number): Float32Array => Float32Array.from({ length: count }, () => 2 * random.next() - 1);

type Matrix = readonly (readonly number[])[];

const times = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, column) => row.reduce((sum, value, at) => sum + value * b[at]![column]!, 0)));
const flip = (a: Matrix): Matrix => a[0]!.map((_, column) => a.map((row) => row[column]!));
const combine = (a: Matrix, first: number, b: Matrix, second: number): Matrix =>
  a.map((row, at) => row.map((value, column) => first * value + second * b[at]![column]!));

function orthogonal(matrix: Matrix): Matrix {
  if (matrix.length > matrix[0]!.length) return flip(orthogonal(flip(matrix)));
  const bound = Math.sqrt(Math.hypot(...times(matrix, flip(matrix)).flat()));
  let x = combine(matrix, 1 / bound, matrix, 0);
  for (const [linear, cubic, quintic] of polynomials) {
    const square = times(x, flip(x));
    x = combine(x, linear, times(combine(square, cubic, times(square, square), quintic), x), 1);
  }
  return x;
}

/** Returns the weights after one update. Muon moves two of the matrices. */
async function update(feeds: Readonly<Record<string, Float32Array>>): Promise<Float32Array> {
  const names = Object.keys(feeds);
  const builder = new StepBuilder({ values: names, nodes: [] });
  const inputs = names.map((name) => {
    const shape = feeds[name]!.length === 1 ? [] : [feeds[name]!.length];
    builder.declare(name, shape);
    return valueInfo(name, shape);
  });
  const { weights } = emitUpdate(builder, settings, {
    weights: 'weights',
    moments: { first: 'first', second: 'second' },
    gradient: 'gradient',
    scalars: { rate: 'rate', spread: 'spread', decay: 'rate' },
    mask: 'mask',
    matrices: [wide, tall],
  });
  const outputs = [valueInfo(weights, [elements])];
  const main = graph({ nodes: builder.nodes, initializers: builder.initializers, inputs, outputs });
  const ort = await loadOrtInNode(1);
  const bytes = joinParts(encodeModel(model(main, { opset: 18 })));
  const session = await ort.InferenceSession.create(bytes, { logSeverityLevel: 3 });
  const tensors = names.map((name) => [name, new ort.Tensor('float32', feeds[name]!, builder.shapeOf(name))]);
  const found = await session.run(Object.fromEntries(tensors) as never);
  await session.release();
  return found[weights]!.data as Float32Array;
}

const wide = { offset: 3, rows: 8, columns: 11 };
const tall = { offset: wide.offset + 88, rows: 10, columns: 8 };
const elements = tall.offset + 80 + 5;

describe('the update of Muon', () => {
  it('brings singular values from 0.011 to 1 near to one', () => {
    for (let exponent = -1.97; exponent <= 0; exponent += 0.01) {
      const value = polynomials.reduce(
        (x, [linear, cubic, quintic]) => linear * x + cubic * x ** 3 + quintic * x ** 5,
        10 ** exponent,
      );
      expect(value, `of 10^${exponent.toFixed(2)}`).toBeGreaterThan(0.74);
      expect(value, `of 10^${exponent.toFixed(2)}`).toBeLessThan(1.26);
    }
  });

  it('moves matrices by orthogonal ones, zeros of them not at all, and the rest as Adam', async () => {
    const [weights, first, second, gradient] = [draw(elements), draw(elements), draw(elements), draw(elements)];
    second.forEach((value, at) => (second[at] = value * value));
    const mask = new Float32Array(elements).fill(1);
    mask[wide.offset + 20] = 0;
    const { rate, spread } = stepScalars(settings, 0.1, 3);
    const feeds = { weights, first, second, gradient, mask };
    const found = await update({ ...feeds, rate: Float32Array.of(rate), spread: Float32Array.of(spread) });

    const g = gradient.map((value, at) => value * mask[at]!);
    const momentum = first.map((value, at) => 0.9 * value + 0.1 * g[at]!);
    const expected = Array.from(weights, (weight, at) => {
      const corrected = momentum[at]! / (1 - 0.9 ** 3);
      return weight - (0.1 * corrected) / Math.sqrt((0.999 * second[at]! + 0.001 * g[at]! ** 2) / (1 - 0.999 ** 3));
    });
    for (const { offset, rows, columns } of [wide, tall]) {
      const place = (row: number, column: number): number => offset + row * columns + column;
      const ahead = Array.from({ length: rows }, (_, row) =>
        Array.from(
          { length: columns },
          (__, column) => 0.1 * g[place(row, column)]! + 0.9 * momentum[place(row, column)]!,
        ),
      );
      const size = 0.2 * Math.sqrt(Math.max(rows, columns));
      orthogonal(ahead).forEach((values, row) =>
        values.forEach((value, column) => {
          const at = place(row, column);
          expected[at] = weights[at]! - 0.1 * size * value * mask[at]!;
        }),
      );
    }
    expected.forEach((value, at) => expect(found[at], `element ${at}`).toBeCloseTo(value, 4));
    expect(found[wide.offset + 20]).toBe(weights[wide.offset + 20]);
  });
});
