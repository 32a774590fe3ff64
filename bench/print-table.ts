/** Tables in Markdown, each row as soon as it is known. */
export const printRow = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`);

export function printHead(...columns: readonly string[]): void {
  printRow(...columns);
  printRow(...columns.map(() => '---'));
}
