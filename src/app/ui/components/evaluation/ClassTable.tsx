/** Each class alone, the worst first. */
import type { ClassResults } from '../../../../engine/metrics/evaluation';
import { formatCount, formatPercent } from '../../../../engine/format';
import { ScrollTable } from '../ScrollTable';
import { classRows } from './class-rows';

interface ClassTableProps {
  readonly results: ClassResults;
  readonly name: string;
}

export function ClassTable({ results, name }: ClassTableProps) {
  return (
    <section aria-label={`Classes of ${name}`}>
      <h3>Classes, worst first</h3>
      <ScrollTable
        label={`Classes of ${name}`}
        caption={`Figures of ${name} for each class`}
        columns={[
          { name: 'Class' },
          { name: 'Correct', isNumeric: true },
          { name: 'Samples', isNumeric: true },
          { name: 'Recall', isNumeric: true, term: 'Recall' },
          { name: 'Precision', isNumeric: true, term: 'Precision' },
          { name: 'Most confused with' },
        ]}
        rows={classRows(results).map((row) => ({
          name: row.name,
          cells: [
            formatCount(row.right),
            formatCount(row.samples),
            row.recall === null ? '–' : formatPercent(row.recall),
            row.precision === null ? '–' : formatPercent(row.precision),
            row.confusedWith ?? '–',
          ],
        }))}
      />
    </section>
  );
}
