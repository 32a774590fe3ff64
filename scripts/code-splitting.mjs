/**
 * Decides which modules of the build are loaded together. The bundler alone makes a file for each set of modules that
 * the same screens share. Opening a model would then take a hundred requests of a few bytes each.
 */
import path from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));

const start = 'src/main.tsx';
const studio = 'src/app/ui/window/StudioWithViews.tsx';
const report = 'src/app/ui/features/report/ReportScreen.tsx';
/** They load nothing of the page but their own imports. */
const strangers = ['src/app/bench-page.ts', 'src/service-worker.ts'];
/** Modules that are loaded by name stay files of their own. */
const apart = new Set([start, studio, report, ...strangers, 'index.html', 'bench.html'].map(pathOf));

/** @param {string} file */
function pathOf(file) {
  return path.join(root, file);
}

/**
 * @typedef {object} ModuleGraph
 * @property {(id: string) => { readonly importedIds: readonly string[] } | null} getModuleInfo
 */

/**
 * Returns a module and everything that it imports, directly or not. Dynamic imports are not followed.
 * @param {ModuleGraph} graph
 * @param {string} id
 * @returns {ReadonlySet<string>}
 */
export function closureOf(graph, id) {
  /** @type {Set<string>} */
  const found = new Set();
  const waiting = [id];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (found.has(next)) continue;
    found.add(next);
    waiting.push(...(graph.getModuleInfo(next)?.importedIds ?? []));
  }
  return found;
}

/**
 * A file of the parts that each of these needs.
 * @param {string} name
 * @param {readonly string[]} users
 */
function neededBy(name, users) {
  /** @type {Map<string, ReadonlySet<string>>} */
  const closures = new Map();
  return (/** @type {string} */ id, /** @type {ModuleGraph} */ graph) => {
    const needs = (/** @type {string} */ file) => {
      const known = closures.get(file) ?? closureOf(graph, pathOf(file));
      closures.set(file, known);
      return known.has(id);
    };
    return !apart.has(id) && users.every(needs) && !strangers.some(needs) ? name : null;
  };
}

/** @type {['$initial']} */
const initial = ['$initial'];

/** A module goes into the first file that takes it. A report that was shared is read without a studio. */
export const codeSplittingOfPage = () => ({
  groups: [
    { name: neededBy('start', [start]), tags: initial, priority: 3 },
    { name: neededBy('shown', [studio, report]), priority: 2 },
    { name: neededBy('studio', [studio]), priority: 1 },
  ],
});

/** A worker begins with one file, or with two if it shares some of the parts that it loads later. */
export const codeSplittingOfWorkers = () => ({
  groups: [
    {
      name: 'worker',
      test: (/** @type {string} */ id) => path.dirname(id) !== pathOf('workers'),
      tags: initial,
      minShareCount: 2,
    },
  ],
});
