/** The numbers of a chart as a table: what a screen reader reads, and what goes into a CSV file. */

export interface ChartTableCell {
  /** For people. */
  readonly text: string;
  /** For machines, in the unit that the column's `csvName` names; the text when absent. */
  readonly value?: number | string | null;
}

export interface ChartTableColumn {
  readonly title: string;
  /** With its unit: `median_ms`. A column without one is for people only. */
  readonly csvName?: string;
  /** Only in the file: a raw number that another column says for people. */
  readonly fileOnly?: boolean;
}

export interface ChartTableData {
  readonly columns: readonly ChartTableColumn[];
  /** The first cell of a row names it. */
  readonly rows: readonly (readonly ChartTableCell[])[];
}

/**
 * A field for CSV (RFC 4180). Names come from files, and a spreadsheet runs what starts like a formula: such text is marked
 * as text with an apostrophe.
 */
function csvField(value: number | string | null): string {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

export function chartTableToCsv({ columns, rows }: ChartTableData): string {
  const kept = columns.flatMap((column, index) =>
    column.csvName === undefined ? [] : [{ name: column.csvName, index }],
  );
  const lines = [
    kept.map(({ name }) => csvField(name)),
    ...rows.map((row) =>
      kept.map(({ index }) => {
        const cell = row[index];
        return csvField(cell === undefined ? null : cell.value === undefined ? cell.text : cell.value);
      }),
    ),
  ];
  return lines.map((line) => `${line.join(',')}\r\n`).join('');
}
