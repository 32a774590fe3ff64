import type { ChartTableData } from './chart-table';
import classes from './chart.module.css';

interface ChartTableProps {
  readonly caption: string;
  readonly table: ChartTableData;
}

/** Scrolls sideways inside its own box where it is wider than the page. */
export function ChartTable({ caption, table }: ChartTableProps) {
  const shown = table.columns.flatMap((column, index) => (column.fileOnly ? [] : [{ title: column.title, index }]));
  return (
    <div className={classes.tableBox} tabIndex={0} role="region" aria-label={`Table: ${caption}`}>
      <table className={classes.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {shown.map(({ title }) => (
              <th key={title} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {table.rows.map((row, rowIndex) => (
            <tr key={`${rowIndex} ${row[0]?.text ?? ''}`}>
              {shown.map(({ title, index }) =>
                index === 0 ? (
                  <th key={title} scope="row">
                    {row[0]?.text}
                  </th>
                ) : (
                  <td key={title}>{row[index]?.text}</td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
