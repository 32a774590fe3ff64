import { expect, it } from 'vitest';
import { pairedDifference } from '../create-scorer';
import { RetrievalScorer } from './retrieval';

const task = { kind: 'retrieval', output: 'y' } as const;
const label = (value: number) => [Float64Array.of(value)];

function scored(vectors: readonly Float32Array[], labels: readonly number[]): RetrievalScorer {
  const scorer = new RetrievalScorer(task);
  vectors.forEach((data, row) =>
    scorer.add({ y: { dtype: 'float32', dims: [1, data.length], data } }, label(labels[row]!)),
  );
  return scorer;
}

// From tools/golden/embeddings.py: NumPy in float64.
it('has the figures of the reference', () => {
  const [count, width] = [60, 16];
  const rows = (value: (row: number, column: number) => number): readonly Float32Array[] =>
    Array.from({ length: count }, (_, row) =>
      Float32Array.from({ length: width }, (_each, column) => value(row, column)),
    );
  const original = rows(
    (row, column) => Math.sin(1 + 0.7 * (row % 12) * (column + 1)) + 1.3 * Math.sin(3 + 11 * row * (column + 2)),
  );
  const variant = rows((row, column) => original[row]![column]! + 0.9 * Math.sin(2 + 5 * row * column));
  // Label 12 has a single sample.
  const labels = Array.from({ length: count }, (_, row) => (row === 59 ? 12 : row % 12));
  const [before, after] = [scored(original, labels), scored(variant, labels)];
  const recalls = (scorer: RetrievalScorer) =>
    Object.values(scorer.accuracy().metrics).map(({ value }) => value.toFixed(6));
  expect(recalls(before)).toEqual(['0.932203', '1.000000', '1.000000']);
  expect(recalls(after)).toEqual(['0.711864', '0.915254', '0.983051']);
  expect(Object.keys(before.accuracy().metrics)).toEqual(['recallAt1', 'recallAt5', 'recallAt10']);
  expect(before.found(1)).toHaveLength(59);
  expect(pairedDifference(before, after)).toMatchObject({ metric: 'recallAt1' });
});

it('finds nothing for a vector without a direction, and prefers the first of equals', () => {
  const vector = (...values: number[]) => Float32Array.from(values);
  const vectors = [vector(1, 0), vector(2, 0), vector(3, 0), vector(0, 0), vector(0, 0)];
  const scorer = scored(vectors, [0, 1, 0, 2, 2]);
  // The second vector is as near to the first as the third, and comes before it.
  expect([...scorer.found(1)]).toEqual([0, 1, 0, 0]);
  expect([...scorer.found(5)]).toEqual([1, 1, 0, 0]);
});

it('reads several rows of a sample as their mean', () => {
  const scorer = new RetrievalScorer(task);
  const steps = (...values: number[]) => ({
    y: { dtype: 'float32', dims: [1, 2, 2], data: Float32Array.from(values) },
  });
  scorer.add(steps(1, 0, 1, 0), label(0));
  scorer.add(steps(0, 1, 0, 1), label(1));
  scorer.add(steps(2, -9, 2, 9), label(0));
  expect(scorer.accuracy().metrics['recallAt1']).toMatchObject({ value: 1 });
  expect(scorer.samples).toBe(3);
});
