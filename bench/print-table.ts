/** Tables in Markdown, each row as soon as it is known. What is printed can also be written as a result page. */

export interface Column {
  readonly name: string;
  /** Of every cell in the column. Absent: the column has no unit, or its cells carry their own. */
  readonly unit?: string;
}

export interface Table {
  /** Tells the tables of one page apart. */
  readonly title?: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly string[])[];
}

const printed: { readonly title?: string; readonly columns: readonly Column[]; readonly rows: string[][] }[] = [];

/** Every table that this process has printed so far. */
export const printedTables = (): readonly Table[] => printed;

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
