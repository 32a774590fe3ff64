/** A scrolling table of named rows: their numbers, and the last of them drawn as a bar. */
import type { ReactNode } from 'react';
import classes from './BarTable.module.css';

interface BarTableRow {
  readonly name: string;
  readonly numbers: readonly ReactNode[];
  /** Length of the bar, 0 to 1. */
  readonly share: number;
}

interface BarTableProps {
  /** Name of the box that scrolls. */
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly [name: string, ...numbers: string[]];
  readonly rows: readonly BarTableRow[];
}

export function BarTable({ label, caption, columns, rows }: BarTableProps) {
  return (
    <div className={classes.scroll} tabIndex={0} role="group" aria-label={label}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {columns.map((column, index) => (
              <th key={column} scope="col" className={index === 0 ? undefined : classes.number}>
                {column}
              </th>
            ))}
            <td />
          </tr>
        </thead>
        <tbody>
          {rows.map(({ name, numbers, share }) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              {numbers.map((number, index) => (
                <td key={columns[index + 1]} className={classes.number}>
                  {number}
                </td>
              ))}
              <td className={classes.barCell}>
                <div className={classes.bar} style={{ width: `${share * 100}%` }} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
