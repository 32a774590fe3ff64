/**
 * Writes the tables that a script printed as a result, `docs/results/<name>.json` and the page beside it, if it is started with
 * `--write`. `bench/result-pages.json` lists all results with their titles.
 */
import { cpus, totalmem } from 'node:os';
import { basename, relative } from 'node:path';
import { root } from '../../scripts/preparation.mjs';
import { writeResult } from '../../scripts/write-results.mjs';
import { printedTables } from './print-table';

/** The option of every script whose tables are a result. */
export const writeOption = { write: { type: 'boolean', default: false } } as const;

/** Writes all printed tables as the result of this name. */
export async function writeResults(name: string): Promise<void> {
  await writeResult(name, { command: commandLine(), machine: describeMachine(), tables: printedTables() });
}

/** The command as a person would type it. Files are named without their folders. */
function commandLine(): string {
  const [, script = '', ...parameters] = process.argv;
  const words = parameters
    .filter((word) => word !== '--write')
    .map((word) => (word.includes('/') ? basename(word) : word));
  return ['npx tsx', relative(root, script).replaceAll('\\', '/'), ...words].join(' ');
}

/** Processors, memory and Node of this machine. */
export function describeMachine(): string {
  const [first, ...others] = cpus();
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB of memory`;
  return [
    `${others.length + 1} × ${first?.model.trim() ?? 'unknown processor'}`,
    memory,
    `Node ${process.version}`,
  ].join(', ');
}
