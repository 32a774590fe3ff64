/**
 * Generates the pages of `docs/results/` from the JSON beside them, and `README.md`, which lists them.
 *
 *     node scripts/write-results.mjs [<name> < measurement.json]
 *
 * With a name it first stores a measurement as the result of this name. Scripts in `bench/` and `tools/` do so.
 * `bench/result-pages.json` lists every result with the command that makes it. A listed result without a JSON is not measured yet.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { formatted, table } from './markdown.mjs';
import { root } from './preparation.mjs';

/**
 * @typedef {object} ResultPage
 * @property {string} name     of the JSON and of the page
 * @property {string} title
 * @property {string} shows    one sentence
 * @property {string} command  that makes it
 * @property {boolean} [isTimed]  it reads a clock: it takes a machine that does nothing else
 *
 * @typedef {object} ResultTable
 * @property {string} [title]
 * @property {readonly { readonly name: string, readonly unit?: string }[]} columns
 * @property {readonly (readonly string[])[]} rows
 *
 * @typedef {object} Measurement
 * @property {string} command  that made it
 * @property {string} machine
 * @property {readonly ResultTable[]} tables
 *
 * @typedef {object} ResultFacts
 * @property {string} title
 * @property {string} shows
 * @property {string} commit
 * @property {string} date     `2026-11-30`
 *
 * @typedef {Measurement & ResultFacts} ResultDocument
 */

const folder = path.join(root, 'docs', 'results');

/** @type {readonly ResultPage[]} */
export const resultPages = JSON.parse(readFileSync(path.join(root, 'bench', 'result-pages.json'), 'utf8'));

/** Results that no one has measured. */
export const notMeasured = () => resultPages.filter(({ name }) => !existsSync(path.join(folder, `${name}.json`)));

/**
 * Stores a measurement as the result of this name and generates its page. Throws if `bench/result-pages.json` does not list the name, or
 * if a row has more or fewer cells than its table has columns.
 * @param {string} name
 * @param {Measurement} measurement
 */
export async function writeResult(name, { command, machine, tables }) {
  const page = resultPages.find((listed) => listed.name === name);
  if (page === undefined) throw new Error(`bench/result-pages.json does not list "${name}". Add it with its title.`);
  for (const { title = name, columns, rows } of tables) {
    const wrong = rows.find((row) => row.length !== columns.length);
    if (wrong)
      throw new Error(
        `A row of "${title}" has ${wrong.length} cells for ${columns.length} columns: ${wrong.join(' | ')}`,
      );
  }
  const { title, shows } = page;
  const date = new Date().toISOString().slice(0, 10);
  /** @type {ResultDocument} */
  const document = { title, shows, command, commit: commitOfSources(), machine, date, tables };
  mkdirSync(folder, { recursive: true });
  writeFileSync(path.join(folder, `${name}.json`), await formatted(JSON.stringify(document), 'json'));
  await writePages();
}

/** A result depends on these. */
const sources = ['src', 'cli', 'workers', 'bench', 'tools', 'public', 'package-lock.json'];

function commitOfSources() {
  const git = (/** @type {string[]} */ ...words) => execFileSync('git', words, { cwd: root, encoding: 'utf8' }).trim();
  const commit = git('rev-parse', '--short=10', 'HEAD');
  return git('status', '--porcelain', '--', ...sources) === '' ? commit : `${commit} with uncommitted changes`;
}

/** Writes every page of the folder. */
async function writePages() {
  for (const [file, text] of await generatedPages()) writeFileSync(path.join(folder, file), text);
}

/**
 * Every page by the name of its file, as it has to be.
 * @returns {Promise<ReadonlyMap<string, string>>}
 */
export async function generatedPages() {
  const results = readResults();
  const pages = [...results].map(([name, document]) => /** @type {const} */ ([`${name}.md`, pageOf(document)]));
  const all = [...pages, /** @type {const} */ (['README.md', indexOf(results)])];
  return new Map(
    await Promise.all(
      all.map(async ([file, text]) => /** @type {const} */ ([file, await formatted(text, 'markdown')])),
    ),
  );
}

/** @returns {ReadonlyMap<string, ResultDocument>} */
function readResults() {
  const names = readdirSync(folder)
    .filter((file) => file.endsWith('.json'))
    .toSorted();
  return new Map(
    names.map((file) => [file.slice(0, -'.json'.length), JSON.parse(readFileSync(path.join(folder, file), 'utf8'))]),
  );
}

/** @param {ResultDocument} document */
function pageOf({ title, shows, command, commit, machine, date, tables }) {
  const facts = [`- Command: \`${command}\``, `- Commit: ${commit}`, `- Machine: ${machine}`, `- Date: ${date}`];
  return [`# ${title}`, shows, facts.join('\n'), ...tables.map(tableText), generated].join('\n\n');
}

const generated = '<!-- Generated by scripts/write-results.mjs from the JSON beside this page. -->';

/** @param {ResultTable} table */
function tableText({ title, columns, rows }) {
  const names = columns.map(({ name, unit }) => (unit === undefined ? name : `${name}, ${unit}`));
  return [...(title === undefined ? [] : [`## ${title}`, '']), table(names, rows)].join('\n');
}

/** @param {ReadonlyMap<string, ResultDocument>} results */
function indexOf(results) {
  const measured = [...results].map(([name, { title, shows, date }]) => [`[${title}](${name}.md)`, shows, date]);
  const open = notMeasured().map(({ title, shows, command, isTimed }) => [
    title,
    shows,
    `\`${command}\`${isTimed === true ? ' (on an otherwise idle machine)' : ''}`,
  ]);
  return [
    '# Results',
    'Every page is generated from a JSON file beside it, which a script wrote. No figure is typed by hand.',
    table(['result', 'shows', 'date'], measured),
    ...(open.length === 0
      ? []
      : [
          '## Not measured yet',
          'These scripts are ready. Their results are missing or were removed because the code has changed since.',
          table(['result', 'shows', 'command'], open),
        ]),
    generated.replace('the JSON beside this page', 'the JSON files beside this page'),
  ].join('\n\n');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const name = process.argv[2];
  if (name === undefined) await writePages();
  else await writeResult(name, /** @type {Measurement} */ (await json(process.stdin)));
}
