/**
 * Decides which test files `npm run test:quick` leaves out: those with a test of 0.3 s and more, or 1.5 s in all.
 *
 *     node scripts/slow-tests.mjs   writes scripts/slow-tests.json anew, from the report of the last `npm test`
 */
import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { root } from './preparation.mjs';

const list = path.join(root, 'scripts', 'slow-tests.json');
const [longestTestMs, longestFileMs] = [300, 1500];

/**
 * @typedef {object} FileReport
 * @property {string} name
 * @property {readonly { readonly duration?: number | null }[]} assertionResults
 */

/**
 * Paths of slow files, in order.
 * @param {readonly FileReport[]} files  of a JSON report of Vitest
 * @param {string} folder  that paths are relative to
 * @returns {string[]}
 */
export function slowFiles(files, folder) {
  const isSlow = (/** @type {FileReport} */ { assertionResults }) => {
    const times = assertionResults.map(({ duration }) => duration ?? 0);
    return Math.max(0, ...times) >= longestTestMs || times.reduce((sum, ms) => sum + ms, 0) >= longestFileMs;
  };
  return files
    .filter(isSlow)
    .map(({ name }) => path.relative(folder, name).replaceAll('\\', '/'))
    .toSorted();
}

/**
 * Slow files that a change does not touch: a changed file's own tests run however long they take.
 * @param {readonly string[]} slow
 * @param {readonly string[]} changed  paths of files
 * @returns {string[]}
 */
export function leftOut(slow, changed) {
  const stem = (/** @type {string} */ file) => file.replace(/(\.[a-z-]+)*\.(ts|tsx|mjs|json)$/, '');
  const touched = new Set(changed.map(stem));
  return slow.filter((file) => !touched.has(stem(file)));
}

/** @returns {string[]} slow files that neither the working tree nor the last commit touches */
export function slowFilesLeftOut() {
  return leftOut(JSON.parse(readFileSync(list, 'utf8')), changedFiles(root));
}

/**
 * Merges do not count, because they change nothing themselves. The first commit of a clone does not count, because it adds every file.
 * @param {string} folder  a checkout
 * @returns {string[]} paths of files that differ from the last commit or that it touches
 */
export function changedFiles(folder) {
  const git = (/** @type {string[]} */ ...words) => execFileSync('git', words, { cwd: folder, encoding: 'utf8' });
  const lastCommit = ['-c', 'log.showRoot=false', 'log', '-1', '--no-merges', '--name-only', '--format='];
  const changed = [
    git(...lastCommit),
    git('diff', '--name-only', 'HEAD'),
    git('ls-files', '--others', '--exclude-standard'),
  ];
  return [...new Set(changed.join('\n').split('\n').filter(Boolean))];
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const report = path.join(root, 'node_modules', '.cache', 'test-reports', 'unit.json');
  const { testResults } = JSON.parse(readFileSync(report, 'utf8'));
  const slow = slowFiles(testResults, root);
  writeFileSync(list, `${JSON.stringify(slow, null, 2)}\n`);
  console.log(`${slow.length} of ${testResults.length} files are slow.`);
}
