/**
 * A classification by class: the matrix if it fits on a screen, or the way to get it, and each class with its figures.
 */
import { Box, Group, Text } from '@mantine/core';
import { type ClassResults, mostListedClasses } from '../../../../engine/metrics/evaluation';
import { mostReportedClasses } from '../../../../engine/report/evaluation-schema';
import { formatCount, formatPercent } from '../../../../engine/format';
import { ScrollTable } from '../ScrollTable';
import { Term } from '../Term';
import classes from './ConfusionMatrix.module.css';

interface ClassDetailsProps {
  readonly results: ClassResults;
  /** The name of the variant with these results. */
  readonly name: string;
}

export function ClassDetails({ results, name }: ClassDetailsProps) {
  const hasMatrix = results.names.length <= mostReportedClasses;
  return (
    <>
      {hasMatrix ? null : <MatrixElsewhere />}
      {/* The table is beside the matrix if there is room for all of it, otherwise under it. */}
      <Group align="flex-start" gap={24}>
        {hasMatrix ? <ConfusionMatrix results={results} name={name} /> : null}
        <Box flex="1 1 460px" miw={0}>
          <ClassTable results={results} name={name} />
        </Box>
      </Group>
    </>
  );
}

function MatrixElsewhere() {
  return (
    <p>
      The confusion matrix is shown for up to {mostReportedClasses} classes. On the command line,{' '}
      <code>pareto evaluate</code> prints it for up to {mostListedClasses} with <code>--confusion</code>.
    </p>
  );
}

interface ClassTableProps {
  readonly results: ClassResults;
  readonly name: string;
}

/** Each class alone, the worst first. */
function ClassTable({ results, name }: ClassTableProps) {
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

interface ConfusionMatrixProps {
  readonly results: ClassResults;
  readonly name: string;
}

/**
 * Shows the true and the predicted classes as a real table, so that a screen reader reads each cell with both of its
 * headings.
 */
function ConfusionMatrix({ results: { names, confusion }, name }: ConfusionMatrixProps) {
  return (
    <Box component="section" miw={0} maw="100%" aria-label={`Confusion matrix of ${name}`}>
      <h3>
        <Term name="Confusion matrix" />
      </h3>
      <Text size="xs" c="dimmed" mb={8}>
        Rows: true class. Columns: predicted class.
      </Text>
      <div className={classes.box} tabIndex={0} role="group" aria-label="Confusion matrix, scrolls">
        <table className={classes.table}>
          <caption className="visually-hidden">
            Confusion matrix of {name}: a row per true class, a column per predicted class, samples in the cells
          </caption>
          <thead>
            <tr>
              <th scope="col">True class</th>
              {names.map((label) => (
                <th key={label} scope="col">
                  {label}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {names.map((label, row) => (
              <tr key={label}>
                <th scope="row">{label}</th>
                {names.map((predicted, column) => (
                  <Cell
                    key={predicted}
                    count={confusion[row]?.[column] ?? 0}
                    total={sumOf(confusion[row] ?? [])}
                    isRight={row === column}
                  />
                ))}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </Box>
  );
}

function sumOf(counts: readonly number[]): number {
  return counts.reduce((sum, count) => sum + count, 0);
}

interface CellProps {
  readonly count: number;
  /** The count of samples of the true class. */
  readonly total: number;
  readonly isRight: boolean;
}

/** The color repeats what the number says: the share of the row, in the tone of right or wrong. */
function Cell({ count, total, isRight }: CellProps) {
  const share = total === 0 ? 0 : count / total;
  return (
    <td
      data-right={isRight}
      data-none={count === 0}
      style={{ '--share': `${Math.round(share * 100)}%` } as React.CSSProperties}
    >
      {formatCount(count)}
    </td>
  );
}
