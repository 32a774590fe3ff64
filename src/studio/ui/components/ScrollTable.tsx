/** A table in a box of its own that scrolls, with its head in sight. */
import type { ReactNode } from 'react';
import type { GlossaryTerm } from '../../glossary';
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
  readonly rows: readonly { readonly name: string; readonly cells: readonly ReactNode[] }[];
}

/** The first column holds the names of the rows; a column without a name (a drawing) comes last. */
export function ScrollTable({ label, caption, columns, rows }: ScrollTableProps) {
  const alignment = (index: number): string | undefined => (columns[index]?.isNumeric ? classes.number : undefined);
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={label}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map(({ name, term }, index) =>
              name === '' ? (
                <td key={name} />
              ) : (
                <th key={name} scope="col" className={alignment(index)}>
                  {term === undefined ? name : <Term name={term}>{name}</Term>}
                </th>
              ),
            )}
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, cells }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {cells.map((cell, index) => (
                <td key={columns[index + 1]?.name} className={alignment(index + 1)}>
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
