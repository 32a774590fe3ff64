/**
 * `node scripts/measure-words.mjs [--pages] [--long]` measures README, CONTRIBUTING and docs/. It prints the words of
 * prose by folder, the mean length of a sentence, and the share of sentences over 30 words. Tables, code, headings and
 * generated sections do not count. `--pages` also measures each page, `--long` lists the long sentences.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { documentFiles, withoutBlocks, withoutGenerated } from './documents/read-document.mjs';
import { root } from './preparation.mjs';

const longSentence = 30;
/** The most that the documents may have, all together. */
const targets = { words: 22_000, mean: 17, longShare: 0.03 };

/**
 * Paragraphs and list items of a Markdown text, as sentences.
 * @param {string} text
 * @returns {readonly string[]}
 */
export function sentencesOf(text) {
  const prose = withoutBlocks(withoutGenerated(text))
    .replaceAll(/^ *(?:#|\||!\[).*$/gm, '')
    .replaceAll(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replaceAll(/`[^`]*`/g, 'code');
  const blocks = prose.split(/\n\s*\n|^\s*(?:[-*]|\d+\.) /m);
  return blocks
    .flatMap((block) =>
      block
        .replaceAll(/\s+/g, ' ')
        .trim()
        .split(/(?<=[.!?])\s+(?=\p{Lu}|code)/u),
    )
    .filter((sentence) => wordsOf(sentence) > 0);
}

/** @param {string} sentence */
function wordsOf(sentence) {
  return sentence.match(/[\p{L}\p{N}][\p{L}\p{N}'’.,%-]*/gu)?.length ?? 0;
}

/** @param {readonly string[]} sentences */
export function measure(sentences) {
  const lengths = sentences.map(wordsOf);
  const words = lengths.reduce((sum, length) => sum + length, 0);
  const long = lengths.filter((length) => length > longSentence).length;
  return { words, mean: words / Math.max(1, lengths.length), longShare: long / Math.max(1, lengths.length) };
}

function main() {
  const { values: given } = parseArgs({ options: { pages: { type: 'boolean' }, long: { type: 'boolean' } } });
  /** @type {Map<string, string[]>} */
  const byFolder = new Map();
  for (const file of documentFiles()) {
    const folder = path.posix.dirname(file);
    const sentences = sentencesOf(readFileSync(path.join(root, file), 'utf8'));
    byFolder.set(folder, [...(byFolder.get(folder) ?? []), ...sentences]);
    if (given.pages) printRow(`  ${file}`, measure(sentences));
  }
  for (const [folder, sentences] of byFolder) printRow(folder, measure(sentences));
  printRow('all', measure([...byFolder.values()].flat()));
  printRow('at most', targets);
  if (given.long) {
    for (const sentence of [...byFolder.values()].flat())
      if (wordsOf(sentence) > longSentence) process.stdout.write(`- ${sentence}\n`);
  }
}

/**
 * @param {string} name
 * @param {{ words: number, mean: number, longShare: number }} measured
 */
function printRow(name, { words, mean, longShare }) {
  const cells = [
    `${words} words`,
    `${mean.toFixed(1)} a sentence`,
    `${(longShare * 100).toFixed(1)} % over ${longSentence}`,
  ];
  process.stdout.write(`${name.padEnd(44)}${cells.map((cell) => cell.padStart(18)).join('')}\n`);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) main();
