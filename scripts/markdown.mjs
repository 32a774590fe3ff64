/** Writes Markdown for the pages that scripts generate. */
import path from 'node:path';
import prettier from 'prettier';
import { root } from './preparation.mjs';

/**
 * @param {readonly string[]} head
 * @param {readonly (readonly string[])[]} rows
 */
export function table(head, rows) {
  const line = (/** @type {readonly string[]} */ cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n');
}

/** @param {string} text */
function cell(text) {
  return text.replaceAll('|', '\\|').replaceAll(/\s+/g, ' ').trim();
}

/**
 * Escapes text of the engine, so that Markdown shows it unchanged.
 * @param {string} text
 */
export function plain(text) {
  return text.replaceAll(/([*_<[\]`])/g, '\\$1');
}

/** @param {string} text */
export function code(text) {
  return `\`${text}\``;
}

/** @param {readonly string[]} lines */
export function bullets(lines) {
  return lines.map((line) => `- ${line}`).join('\n');
}

/**
 * Formats a generated file as the check of formats expects it.
 * @param {string} text
 * @param {'json' | 'markdown' | 'typescript'} parser
 */
export async function formatted(text, parser) {
  const options = await prettier.resolveConfig(path.join(root, 'README.md'));
  return prettier.format(text, { ...options, parser });
}
