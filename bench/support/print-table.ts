/** Prints tables in Markdown, each row as soon as it is known. `results.ts` writes the same tables as a result page. */
import type { ResultTable } from '../../scripts/write-results.mjs';

/** A column without a unit has none, or its cells carry their own. */
type Column = ResultTable['columns'][number];

const printed: (Omit<ResultTable, 'rows'> & { readonly rows: string[][] })[] = [];

/** Every table that this process has printed so far. */
export const printedTables = (): readonly ResultTable[] => printed;

/** A row of the table that was begun last. */
export function printRow(...cells: readonly string[]): void {
  printed.at(-1)?.rows.push([...cells]);
  printCells(cells);
}

/** Begins a table. A column with a unit is an object. */
export function printHead(...columns: readonly (string | Column)[]): void {
  beginTable(columns);
}

/** Begins a table with a title, beside others of the same script. */
export function printTitledHead(title: string, ...columns: readonly (string | Column)[]): void {
  console.log(`\n### ${title}\n`);
  beginTable(columns, title);
}

function beginTable(given: readonly (string | Column)[], title?: string): void {
  const columns = given.map((column) => (typeof column === 'string' ? { name: column } : column));
  printed.push({ ...(title !== undefined && { title }), columns, rows: [] });
  printCells(columns.map(({ name, unit }) => (unit === undefined ? name : `${name}, ${unit}`)));
  printCells(columns.map(() => '---'));
}

const printCells = (cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);
