// eslint-disable-next-line no-control-regex -- they are what it looks for
const controls = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g;

/**
 * Columns as wide as their widest cell; numbers (`right`) are aligned at their end. Empty rows give an empty text.
 * Names in files may hold line breaks, which would look like rows of their own: controls are shown as \ufffd.
 */
export function formatTable(
  given: readonly (readonly string[])[],
  alignment: readonly ('left' | 'right')[] = [],
): string {
  const rows = given.map((row) => row.map((cell) => cell.replace(controls, '\ufffd')));
  const widths: number[] = [];
  for (const row of rows) row.forEach((cell, column) => (widths[column] = Math.max(widths[column] ?? 0, cell.length)));
  return rows
    .map((row) =>
      row
        .map((cell, column) => {
          const width = widths[column] ?? 0;
          return alignment[column] === 'right' ? cell.padStart(width) : cell.padEnd(width);
        })
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}
