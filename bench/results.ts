/**
 * Writes the tables that a script printed as a result: `docs/results/<name>.json` and the page beside it. The script takes `--write`
 * for it. `bench/result-pages.json` lists all results with their titles.
 */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';
import { basename, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { resultPages, writeResult, type ResultDocument } from '../scripts/write-results.mjs';
import { printedTables } from './print-table';

/** The option of every script whose tables are a result. */
export const writeOption = { write: { type: 'boolean', default: false } } as const;

/**
 * Writes all printed tables as the result of this name. Throws if `bench/result-pages.json` does not list it, or if a row has more or fewer
 * cells than its table has columns.
 */
export async function writeResults(name: string): Promise<void> {
  const page = resultPages.find((listed) => listed.name === name);
  if (page === undefined) throw new Error(`bench/result-pages.json does not list "${name}". Add it with its title.`);
  const document: ResultDocument = {
    title: page.title,
    shows: page.shows,
    command: commandLine(),
    commit: commitOfSources(),
    machine: describeMachine(),
    date: new Date().toISOString().slice(0, 10),
    tables: printedTables(),
  };
  await writeResult(name, document);
}

const root = fileURLToPath(new URL('..', import.meta.url));

/** As a person would type it. Files from outside of the repository are named without their folders. */
function commandLine(): string {
  const [, script = '', ...parameters] = process.argv;
  const words = parameters
    .filter((word) => word !== '--write')
    .map((word) => (word.includes('/') ? basename(word) : word));
  return ['npx tsx', relative(root, script).replaceAll('\\', '/'), ...words].join(' ');
}

/** What a result depends on. */
const sources = ['src', 'cli', 'workers', 'bench', 'tools', 'public', 'package-lock.json'];

function commitOfSources(): string {
  const git = (...parameters: readonly string[]): string =>
    execFileSync('git', parameters, { cwd: root, encoding: 'utf8' }).trim();
  const commit = git('rev-parse', '--short=10', 'HEAD');
  return git('status', '--porcelain', '--', ...sources) === '' ? commit : `${commit} with uncommitted changes`;
}

function describeMachine(): string {
  const [first, ...others] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  return [
    `${others.length + 1} × ${first?.model.trim() ?? 'unknown processor'}`,
    memory,
    `Node ${process.version}`,
  ].join(', ');
}
