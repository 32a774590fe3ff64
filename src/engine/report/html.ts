/** A report as one HTML file that opens without the studio. It loads nothing and runs nothing. */
import { escapeHtml, htmlPage } from './html-page';
import { reportToMarkdown } from './markdown';
import type { Report } from './report-schema';

const style = `
h2 { font-size: 18px; margin-top: 32px; }
h3 { font-size: 14px; }
.table { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #8886; padding: 8px 12px 8px 0; text-align: start; vertical-align: top; }
code { font-family: ui-monospace, monospace; }
li { overflow-wrap: anywhere; }
`;

/**
 * The same text as in Markdown. `variantId`: whose headline opens it; the one that the report opens on when absent.
 * `samples`: a part of `reportedSamplesHtml`.
 */
export function reportToHtml(report: Report, variantId?: string, samples = ''): string {
  return htmlPage(report.model.name, style, [htmlOfMarkdown(reportToMarkdown(report, variantId)), samples]);
}

/**
 * Converts only the Markdown that `reportToMarkdown` writes: headings, paragraphs, tables, lists of two levels, code,
 * and escaped characters.
 */
function htmlOfMarkdown(markdown: string): string {
  return markdown
    .trim()
    .split(/\n{2,}/)
    .map((part) => htmlOfPart(part.split('\n')))
    .join('\n');
}

function htmlOfPart(lines: readonly string[]): string {
  const [first = '', ...rest] = lines;
  const heading = /^(#{1,3}) (.*)$/.exec(first);
  if (heading) {
    const level = heading[1]!.length;
    const title = `<h${level}>${inline(heading[2]!)}</h${level}>`;
    return rest.length === 0 ? title : `${title}\n${htmlOfPart(rest)}`;
  }
  if (first.startsWith('| ')) return htmlOfTable(first, rest.slice(1));
  if (first.startsWith('- ')) return htmlOfList(lines);
  return `<p>${lines.map(inline).join(' ')}</p>`;
}

function htmlOfTable(head: string, rows: readonly string[]): string {
  const row = (line: string, cell: 'th' | 'td'): string =>
    `<tr>${cellsOf(line)
      .map((text) => `<${cell}>${inline(text)}</${cell}>`)
      .join('')}</tr>`;
  return `<div class="table"><table><thead>${row(head, 'th')}</thead><tbody>${rows.map((line) => row(line, 'td')).join('')}</tbody></table></div>`;
}

/** Splits the line at bars that no backslash escapes. There is at least a space between two bars. */
function cellsOf(line: string): readonly string[] {
  return Array.from(line.slice(2, -2).matchAll(/(?:\\.|[^\\|])+/g), ([cell]) => cell.trim());
}

/** A line that is indented belongs to the entry before it. */
function htmlOfList(lines: readonly string[]): string {
  const entries: string[] = [];
  for (const line of lines) {
    const text = inline(line.replace(/^\s*- /, ''));
    if (line.startsWith('  - ') && entries.length > 0) entries[entries.length - 1] += `<br>${text}`;
    else entries.push(text);
  }
  return `<ul>${entries.map((entry) => `<li>${entry}</li>`).join('')}</ul>`;
}

/** Escaped characters stand for themselves, also those that begin markup in HTML. */
function inline(text: string): string {
  return Array.from(text.matchAll(/\\(.)|`([^`]*)`|([^\\`]+|[\\`])/g), ([, escaped, code, plain]) =>
    code === undefined ? escapeHtml(escaped ?? plain ?? '') : `<code>${escapeHtml(code)}</code>`,
  ).join('');
}
