/** Markdown that prettier leaves as it is, up to the width of columns. */

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

/** Text of the engine: what Markdown would take for markup is shown as it is. */
export function plain(text: string): string {
  return text.replaceAll(/([*_<[\]`])/g, '\\$1');
}

export function code(text: string): string {
  return `\`${text}\``;
}

export function bullets(lines: readonly string[]): string {
  return lines.map((line) => `- ${line}`).join('\n');
}
