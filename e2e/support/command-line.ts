/** Runs the command line of the checkout, and reads the one JSON document that it prints. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { flagsOfShortSessions } from '../../src/runtime/node/test-browser.mjs';

const root = fileURLToPath(new URL('../..', import.meta.url));

export async function pareto<Result>(...parameters: readonly string[]): Promise<Result> {
  const given = [...flagsOfShortSessions, 'cli/pareto.mjs', ...parameters, '--json'];
  const { stdout } = await promisify(execFile)(process.execPath, given, { cwd: root, maxBuffer: 64 * 1024 * 1024 });
  return JSON.parse(stdout) as Result;
}
