/**
 * Shows the true and the predicted classes as a real table, so that a screen reader reads each cell with both of its
 * headings.
 */
import { Box, Text } from '@mantine/core';
import type { ClassResults } from '../../../../engine/metrics/evaluation';
import { formatCount } from '../../../../engine/format';
import { Term } from '../Term';
import classes from './ConfusionMatrix.module.css';

interface ConfusionMatrixProps {
  readonly results: ClassResults;
  readonly name: string;
}

export function ConfusionMatrix({ results: { names, confusion }, name }: ConfusionMatrixProps) {
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
