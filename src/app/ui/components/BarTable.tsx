/** Named rows with their numbers and a bar that shows the share of each. */
import type { ReactNode } from 'react';
import classes from './ScrollTable.module.css';
import { ScrollTable } from './ScrollTable';

interface BarTableRow {
  readonly name: string;
  readonly numbers: readonly ReactNode[];
  /** Length of the bar, 0 to 1. */
  readonly share: number;
}

interface BarTableProps {
  readonly label: string;
  readonly caption: string;
  readonly columns: readonly [name: string, ...numbers: string[]];
  readonly rows: readonly BarTableRow[];
}

export function BarTable({ label, caption, columns, rows }: BarTableProps) {
  const [name, ...numbers] = columns;
  return (
    <ScrollTable
      label={label}
      caption={caption}
      columns={[{ name }, ...numbers.map((number) => ({ name: number, isNumeric: true })), { name: '' }]}
      rows={rows.map((row) => ({
        name: row.name,
        cells: [...row.numbers, <ShareBar key="share" share={row.share} />],
      }))}
    />
  );
}

export function ShareBar({ share }: { readonly share: number }) {
  return (
    <div className={classes.track}>
      <div className={classes.bar} style={{ width: `${Math.min(1, Math.max(0, share)) * 100}%` }} />
    </div>
  );
}
