/** The numbers of a chart as a table: what a screen reader reads, and what goes into a CSV file. */

import { formatCsv, type CsvValue } from '../../../../engine/report/csv';

export interface ChartTableCell {
  /** The text for people. */
  readonly text: string;
  /** The value for machines, in the unit that the column's `csvName` names; the text if absent. */
  readonly value?: number | string | null;
}

export interface ChartTableColumn {
  readonly title: string;
  /** The name with its unit: `median_ms`. A column without one is for people only. */
  readonly csvName?: string;
  /** True for a column of the file only: a raw number that another column shows as text. */
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
