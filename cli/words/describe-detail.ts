import { formatDetailValue, isNumericUnit, summarizeInWords } from '../../src/engine/report/describe-detail';
import type { ShownDetail, TableDetail } from '../../src/engine/passes/pass-details';
import { formatCounted } from '../../src/engine/format';
import { formatTable } from './table';

/** The rest is in the JSON document. */
const printedRows = 5;

/** Describes a detail of any pass in short: the first rows of a table, or a summary of curves and histograms. */
export function detailInShort(detail: ShownDetail, mostRows = printedRows): string {
  const text = detail.kind === 'table' ? firstRows(detail, mostRows) : summarizeInWords(detail).join('\n');
  return [`${detail.title}:`, text].join('\n');
}

function firstRows({ columns, rows, total, leftOutRows = 0 }: TableDetail, mostRows: number): string {
  const cells = (row: TableDetail['rows'][number]): string[] =>
    columns.map(({ unit }, index) => formatDetailValue(row[index] ?? null, unit));
  const more = rows.length - mostRows + leftOutRows;
  const table = formatTable(
    [
      columns.map(({ label }) => label),
      ...rows.slice(0, mostRows).map(cells),
      ...(total === undefined ? [] : [columns.map(({ unit }, index) => totalCell(total[index] ?? null, unit, index))]),
    ],
    columns.map(({ unit }) => (isNumericUnit(unit) ? 'right' : 'left')),
  );
  return more > 0 ? `${table}\nand ${formatCounted(more, 'more row')} (--json prints them)` : table;
}

function totalCell(value: string | number | null, unit: TableDetail['columns'][number]['unit'], index: number): string {
  return index === 0 && (value === null || value === '') ? 'total' : formatDetailValue(value, unit);
}
