/**
 * `node scripts/write-python-files.mjs`: writes the Python programs of bundles to `src/engine/deploy/targets/python-files.ts`, which is
 * checked in. Page, workers, command line, tests and tsx load the module alike; none of them loads a `.py` file. A test compares both.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './preparation.mjs';

const targets = path.join(root, 'src', 'engine', 'deploy', 'targets');
export const pythonFilesModule = path.join(targets, 'python-files.ts');

/** The text of `python-files.ts`. Files are named by their place in a bundle. */
export function pythonFiles() {
  const files = ['server', 'rollout'].flatMap((folder) =>
    readdirSync(path.join(targets, folder))
      .filter((name) => /\.(py|lock)$/.test(name))
      .toSorted()
      .map((name) => `${folder}/${name}`),
  );
  const entries = files.map(
    (file) => `  '${file}': ${JSON.stringify(readFileSync(path.join(targets, file), 'utf8'))},\n`,
  );
  return [
    '/** Files of bundles, written by `node scripts/write-python-files.mjs` from the folders `server/` and `rollout/`. */\n',
    '// prettier-ignore\n',
    `export const pythonFiles = {\n${entries.join('')}} as const;\n`,
  ].join('');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(pythonFilesModule, pythonFiles());
