/** The numbers of a chart as a table: what a screen reader reads, and what goes into a CSV file. */

import { formatCsv, type CsvValue } from '../../../../engine/report/csv';

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

export function chartTableToCsv({ columns, rows }: ChartTableData): string {
  const kept = columns.flatMap(({ csvName }, index) => (csvName === undefined ? [] : [{ csvName, index }]));
  const valueOf = (cell: ChartTableCell | undefined): CsvValue => {
    if (cell === undefined) return null;
    return cell.value === undefined ? cell.text : cell.value;
  };
  return formatCsv([
    kept.map(({ csvName }) => csvName),
    ...rows.map((row) => kept.map(({ index }) => valueOf(row[index]))),
  ]);
}
