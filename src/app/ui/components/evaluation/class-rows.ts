import type { ClassResults } from '../../../../engine/metrics/evaluation';

interface ClassRow {
  readonly name: string;
  readonly samples: number;
  readonly right: number;
  /** The share of the samples of this class that is right; `null` without any. */
  readonly recall: number | null;
  /** The share of the predictions of this class that is right; `null` if there is none. */
  readonly precision: number | null;
  /** The class that its samples were taken for most, when wrong. */
  readonly confusedWith: string | null;
}

/** One row per class, the worst first. */
export function classRows({ names, confusion }: ClassResults): readonly ClassRow[] {
  const rows = names.map((name, index) => {
    const counts = confusion[index] ?? [];
    const samples = counts.reduce((sum, count) => sum + count, 0);
    const predicted = confusion.reduce((sum, row) => sum + (row[index] ?? 0), 0);
    const right = counts[index] ?? 0;
    const wrong = counts.map((count, column) => (column === index ? 0 : count));
    const most = Math.max(0, ...wrong);
    return {
      name,
      samples,
      right,
      recall: samples === 0 ? null : right / samples,
      precision: predicted === 0 ? null : right / predicted,
      confusedWith: most === 0 ? null : (names[wrong.indexOf(most)] ?? null),
    };
  });
  return rows.toSorted((a, b) => (a.recall ?? 2) - (b.recall ?? 2));
}
