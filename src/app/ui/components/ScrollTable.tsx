/** A table in a box of its own that scrolls, with its head in sight. */
import { UnstyledButton } from '@mantine/core';
import type { ReactNode } from 'react';
import type { GlossaryTerm } from '../../../engine/glossary';
import { BreakableName } from './BreakableName';
import cards from './CardRows.module.css';
import classes from './ScrollTable.module.css';
import { Term } from './Term';

interface TableColumn {
  readonly name: string;
  readonly isNumeric?: boolean;
  /** Explains the name. */
  readonly term?: GlossaryTerm;
}

interface ScrollTableProps {
  /** Name of the box that scrolls. */
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly TableColumn[];
  readonly rows: readonly TableRow[];
}

interface TableRow {
  readonly name: string;
  /** The mark of the row, before the name. */
  readonly mark?: ReactNode;
  /** Explains the name. */
  readonly term?: GlossaryTerm;
  /** What a click on the name leads to. */
  readonly onName?: () => void;
  readonly cells: readonly ReactNode[];
}

/** A phone is too narrow for more columns beside each other. */
const mostColumnsOnPhone = 4;

/** The first column holds the names of the rows; a column without a name (a drawing) comes last. */
export function ScrollTable({ label, caption, columns, rows }: ScrollTableProps) {
  const alignment = (index: number): string | undefined => (columns[index]?.isNumeric ? classes.number : undefined);
  const isWide = columns.length > mostColumnsOnPhone;
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={label}>
      {/* The roles are those of a table already; rows that become cards would lose them. */}
      <table className={isWide ? `${classes.table} ${cards.cards}` : classes.table} role="table">
        <caption className="visually-hidden">{caption}</caption>
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, term }, index) =>
              name === '' ? (
                <td key={name} role="cell" />
              ) : (
                <th key={name} role="columnheader" scope="col" className={alignment(index)}>
                  {term === undefined ? name : <Term name={term}>{name}</Term>}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map(({ name, mark, term, onName, cells }, rowIndex) => (
            <tr key={`${rowIndex} ${name}`} role="row">
              <th role="rowheader" scope="row">
                {mark}
                {onName === undefined ? (
                  <RowName name={name} term={term} />
                ) : (
                  <UnstyledButton className={classes.name} onClick={onName}>
                    <RowName name={name} term={term} />
                  </UnstyledButton>
                )}
              </th>
              {cells.map((cell, index) => (
                <td
                  key={columns[index + 1]?.name}
                  role="cell"
                  data-title={columns[index + 1]?.name}
                  className={alignment(index + 1)}
                >
                  {cell}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function RowName({ name, term }: Pick<TableRow, 'name' | 'term'>) {
  return term === undefined ? <BreakableName text={name} /> : <Term name={term}>{name}</Term>;
}
