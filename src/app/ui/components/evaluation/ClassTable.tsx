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
      <h3>By class, the worst first</h3>
      <ScrollTable
        label={`Classes of ${name}`}
        caption={`How often ${name} is right about each class`}
        columns={[
          { name: 'Class' },
          { name: 'Right', isNumeric: true },
          { name: 'Samples', isNumeric: true },
          { name: 'Recall', isNumeric: true, term: 'Recall' },
          { name: 'Precision', isNumeric: true, term: 'Precision' },
          { name: 'Mostly taken for' },
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
