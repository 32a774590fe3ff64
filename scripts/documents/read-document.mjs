/** Finds the documents and reads their Markdown: blocks of code, links, headings, and the command lines that they show. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { root } from '../preparation.mjs';

/**
 * @typedef {object} CodeBlock
 * @property {string} info  what stands behind the fence: `sh`, `console lines=1-3`
 * @property {string} content
 *
 * @typedef {object} Link
 * @property {string} file  empty: a heading of the same page
 * @property {string | undefined} anchor
 */

/** @returns {readonly string[]} paths from the root of the checkout */
export function documentFiles() {
  const pages = readdirSync(path.join(root, 'docs'), { recursive: true })
    .map((file) => `docs/${String(file).replaceAll('\\', '/')}`)
    .filter((file) => file.endsWith('.md'));
  return ['README.md', 'CONTRIBUTING.md', ...pages];
}

const fence = /^( *)```([^\n`]*)\n([^]*?)^ *```$/gm;

/**
 * @param {string} text
 * @returns {readonly CodeBlock[]}
 */
export function blocksOf(text) {
  return [...text.matchAll(fence)].map(([, , info = '', content = '']) => ({ info: info.trim(), content }));
}

/** @param {string} text */
export function withoutBlocks(text) {
  return text.replaceAll(fence, '');
}

/**
 * Without the sections that `scripts/write-reference.mjs` writes.
 * @param {string} text
 */
export function withoutGenerated(text) {
  return text.replaceAll(/^<!-- from the code: [^]*?^<!-- end -->$/gm, '');
}

/**
 * Links to files of the checkout, pictures too.
 * @param {string} text
 * @returns {readonly Link[]}
 */
export function linksIn(text) {
  const prose = withoutBlocks(text).replaceAll(/`[^`\n]*`/g, '');
  return [...prose.matchAll(/\]\((?!https?:|mailto:)([^)#\s]*)(?:#([^)\s]*))?\)/g)].map(([, file = '', anchor]) => ({
    file,
    anchor,
  }));
}

/**
 * Anchors as GitHub makes them: lower case, no punctuation, hyphens for spaces.
 * @param {string} text
 * @returns {readonly string[]}
 */
export function headingAnchors(text) {
  return [...withoutBlocks(text).matchAll(/^#{1,6} (.*)$/gm)].map(([, title = '']) =>
    title
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .trim()
      .replaceAll(' ', '-'),
  );
}

/**
 * Each command line of blocks and of code within sentences, on one line.
 * @param {string} text
 * @returns {readonly string[]}
 */
export function commandLinesIn(text) {
  const ofBlocks = blocksOf(text)
    .filter(({ info }) => /^(sh|bash|console|yaml)\b/.test(info))
    .flatMap(({ content }) =>
      content
        .replaceAll(/\\\n\s*/g, ' ')
        .replaceAll(/>\n\s+(?=node )/g, '')
        .split('\n'),
    );
  const ofSentences = [...withoutBlocks(text).matchAll(/`([^`]+)`/g)].map(([, code = '']) =>
    code.replaceAll(/\s+/g, ' '),
  );
  return [...ofBlocks, ...ofSentences].map((line) => line.trim());
}
