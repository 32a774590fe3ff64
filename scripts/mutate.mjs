/**
 * Whether the tests notice what breaks: changes sources at random places, in a copy of the checkout, and runs their tests.
 *
 *     node scripts/mutate.mjs [--folders a,b] [--mutants 40] [--seed 1] [--minutes 600] [--out mutation.json]
 *
 * A mutant is killed when a test fails or does not end. Tests of its file run first, then tests beside it, then those of its folder. The
 * file of `--out` lists mutants that survive all of them. An explanation that somebody writes there is kept as long as its mutant survives.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { register } from 'tsx/esm/api';
import { root, tool } from './preparation.mjs';

register();
const { drawSome, mutantsOf, withMutant } = await import('./mutants.ts');

/** @typedef {{ readonly file: string } & import('./mutants.ts').Mutant} PlacedMutant */
/** @typedef {{ readonly place: string, readonly from: string, readonly to: string, explanation: string }} Survivor */
/** @typedef {{ folder: string, mutants: number, killed: number, survivors: Survivor[] }} FolderResult */

const { values: given } = parseArgs({
  options: {
    folders: { type: 'string', default: 'engine/onnx,engine/passes,engine/search,engine/metrics' },
    mutants: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '600' },
    out: { type: 'string' },
  },
});
const folders = given.folders.split(',').map((folder) => `src/${folder}`);
const [count, seed, minutes] = [given.mutants, given.seed, given.minutes].map(Number);

/** A file of tests that runs alone may take this long; a mutant may run for ever. */
const longestMs = 300_000;
/** The same for the tests of a whole folder, which take long without a loop that never ends. */
const longestOfFolderMs = 1_800_000;

/** @param {readonly string[]} words */
function git(...words) {
  return spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout.trim();
}

/**
 * All that git knows of, as it stands in the working tree, with the packages of this checkout.
 * @returns {string} the folder
 */
function copyCheckout() {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'pareto-mutants-'));
  for (const file of git('ls-files').split('\n')) {
    if (existsSync(path.join(root, file))) cpSync(path.join(root, file), path.join(copy, file), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
  return copy;
}

const isTest = (/** @type {string} */ file) => /\.test\.tsx?$/.test(file);
const runsInNode = (/** @type {string} */ file) => !/\.(browser|corpus|timing)\./.test(file);

/**
 * @param {string} folder
 * @returns {readonly string[]} sources that have mutants
 */
function sourcesOf(folder) {
  return git('ls-files', folder)
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !isTest(file) && !/\/(testing|fixtures)\/|\.d\.ts$/.test(file));
}

/**
 * Tests of a mutant, the most telling first.
 * @param {string} file
 * @param {string} folder
 * @returns {readonly { readonly tests: readonly string[], readonly longestMs: number }[]}
 */
function stagesOf(file, folder) {
  const tests = git('ls-files', folder)
    .split('\n')
    .filter((each) => isTest(each) && runsInNode(each));
  const stem = `${file.replace(/\.ts$/, '')}.`;
  const own = tests.filter((each) => each.startsWith(stem));
  const beside = tests.filter((each) => path.dirname(each) === path.dirname(file) && !own.includes(each));
  const rest = tests.filter((each) => !own.includes(each) && !beside.includes(each));
  return [
    { tests: own, longestMs },
    { tests: beside, longestMs },
    { tests: rest, longestMs: longestOfFolderMs },
  ].filter((stage) => stage.tests.length > 0);
}

/**
 * @param {string} copy
 * @param {{ readonly tests: readonly string[], readonly longestMs: number }} stage
 * @returns {Promise<'passed' | 'failed' | 'no end'>}
 */
function runTests(copy, { tests, longestMs: mostMs }) {
  const words = ['run', '--project=node', '--project=node-isolated', '--bail=1', '--reporter=dot', ...tests];
  return new Promise((resolve, reject) => {
    const child = spawn(tool('vitest'), words, { cwd: copy, stdio: 'ignore', detached: true });
    let isStopped = false;
    const timer = setTimeout(() => {
      isStopped = true;
      process.kill(-(child.pid ?? 0), 'SIGKILL');
    }, mostMs);
    child.once('error', reject);
    child.once('close', (code) => {
      clearTimeout(timer);
      resolve(isStopped ? 'no end' : code === 0 ? 'passed' : 'failed');
    });
  });
}

/**
 * @param {string} copy
 * @param {PlacedMutant} mutant
 * @param {string} folder
 * @returns {Promise<'passed' | 'failed' | 'no end'>} of the first stage that does not pass
 */
async function runAllTests(copy, mutant, folder) {
  const place = path.join(copy, mutant.file);
  const source = readFileSync(place, 'utf8');
  writeFileSync(place, withMutant(source, mutant));
  try {
    for (const stage of stagesOf(mutant.file, folder)) {
      const outcome = await runTests(copy, stage);
      if (outcome !== 'passed') return outcome;
    }
    return 'passed';
  } finally {
    writeFileSync(place, source);
  }
}

/**
 * @param {string} source
 * @param {PlacedMutant} mutant
 * @returns {Survivor}
 */
function describeMutant(source, mutant) {
  const line = source.slice(0, mutant.start).split('\n').length;
  const [from, to] = [source, withMutant(source, mutant)].map((text) => (text.split('\n')[line - 1] ?? '').trim());
  return { place: `${mutant.file}:${line}`, from: from ?? '', to: to ?? '', explanation: '' };
}

/** @returns {(survivor: Survivor) => string} the explanation of the same change in the file of an earlier run */
function knownExplanations() {
  if (given.out === undefined || !existsSync(path.join(root, given.out))) return () => '';
  /** @type {{ folders: FolderResult[] }} */
  const { folders: before } = JSON.parse(readFileSync(path.join(root, given.out), 'utf8'));
  const all = before.flatMap(({ survivors }) => survivors);
  const fileOf = (/** @type {Survivor} */ { place }) => place.replace(/:\d+$/, '');
  return (survivor) =>
    all.find((each) => fileOf(each) === fileOf(survivor) && each.from === survivor.from && each.to === survivor.to)
      ?.explanation ?? '';
}

/** @param {readonly FolderResult[]} results */
function write(results) {
  if (given.out === undefined) return;
  const command = `node scripts/mutate.mjs --folders ${given.folders} --mutants ${given.mutants} --seed ${given.seed}`;
  const table = {
    what: 'Random changes of sources, and how many of them the tests of their folder notice.',
    command,
    commit: git('rev-parse', '--short', 'HEAD'),
    date: new Date().toISOString().slice(0, 10),
    machine: `${os.cpus()[0]?.model ?? 'unknown'}, ${os.availableParallelism()} cores, Node ${process.version}`,
    folders: results,
  };
  mkdirSync(path.dirname(path.join(root, given.out)), { recursive: true });
  writeFileSync(path.join(root, given.out), `${JSON.stringify(table, null, 2)}\n`);
}

/**
 * @param {string} copy
 * @param {string} folder
 * @returns {readonly PlacedMutant[]}
 */
function mutantsOfFolder(copy, folder) {
  const all = sourcesOf(folder).flatMap((file) =>
    mutantsOf(file, readFileSync(path.join(copy, file), 'utf8')).map((mutant) => ({ file, ...mutant })),
  );
  return drawSome(all, count ?? 0, seed ?? 0);
}

async function main() {
  const copy = copyCheckout();
  const endMs = Date.now() + (minutes ?? 0) * 60_000;
  const explanationOf = knownExplanations();
  /** @type {FolderResult[]} */
  const results = folders.map((folder) => ({ folder, mutants: 0, killed: 0, survivors: [] }));
  try {
    const drawn = folders.map((folder) => mutantsOfFolder(copy, folder));
    // Folders take turns, so that each has mutants when time runs out.
    for (let at = 0; at < (count ?? 0); at += 1) {
      for (const [index, result] of results.entries()) {
        const mutant = drawn[index]?.[at];
        if (mutant === undefined || Date.now() > endMs) continue;
        const told = describeMutant(readFileSync(path.join(copy, mutant.file), 'utf8'), mutant);
        const outcome = await runAllTests(copy, mutant, result.folder);
        const label = { passed: 'SURVIVED', failed: 'killed', 'no end': 'no end' }[outcome];
        result.mutants += 1;
        if (outcome === 'passed') result.survivors.push({ ...told, explanation: explanationOf(told) });
        else result.killed += 1;
        console.log(`${label} ${told.place}\n    ${told.from}\n    ${told.to}`);
        write(results);
      }
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  for (const { folder, mutants, killed } of results) {
    console.log(`${folder}: ${killed} of ${mutants} killed, ${Math.round((100 * killed) / Math.max(1, mutants))} %`);
  }
}

await main();
