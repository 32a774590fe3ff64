/**
 * Changes sources at random places, in a copy of the checkout, and runs the tests of their folder. The result counts
 * the changes that make a test fail.
 *
 *     npx tsx bench/mutate.ts [--folders a,b] [--mutants 40] [--seed 1] [--from 0] [--minutes 600] [--again] [--write]
 *
 * A mutant is killed when a test fails or does not end. Tests of its file run first, then tests beside it, then those
 * of its folder. `--write` stores the result after each mutant, beside the rows of other folders, and keeps notes that
 * somebody wrote about a survivor. `--from` goes on behind the mutants of an earlier run. `--again` runs only those
 * that survived, after tests were added.
 */
import { spawn, spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { drawSome, mutantsOf, withMutant, type Mutant } from '../scripts/mutants';
import { root, tool } from '../scripts/preparation.mjs';
import { writeResult, type ResultDocument } from '../scripts/write-results.mjs';
import { describeMachine, writeOption } from './support/results';

interface PlacedMutant extends Mutant {
  readonly file: string;
}

/** A line of a source before and after. */
interface Change {
  readonly place: string;
  readonly from: string;
  readonly to: string;
}

interface Survivor extends Change {
  explanation: string;
}

interface FolderResult {
  readonly folder: string;
  killed: number;
  /** Mutants that the tests of the time killed when they were drawn. */
  killedAtFirst: number;
  /** Killed mutants for which a test did not end. */
  withoutEnd: number;
  survivors: Survivor[];
}

type Outcome = 'passed' | 'failed' | 'no end';

interface Stage {
  readonly tests: readonly string[];
  readonly longestMs: number;
}

const { values: given } = parseArgs({
  options: {
    folders: { type: 'string', default: 'engine/onnx,engine/passes,engine/search,engine/metrics' },
    mutants: { type: 'string', default: '40' },
    seed: { type: 'string', default: '1' },
    from: { type: 'string', default: '0' },
    minutes: { type: 'string', default: '600' },
    again: { type: 'boolean', default: false },
    ...writeOption,
  },
});
const folders = given.folders.split(',').map((folder) => `src/${folder}`);
const [count, seed, first, minutes] = [given.mutants, given.seed, given.from, given.minutes].map(Number) as [
  number,
  number,
  number,
  number,
];

/** A file of tests that runs alone may take this long, because a mutant may run forever. */
const longestMs = 300_000;
/** The limit for a whole folder of tests. Only the limit of one file detects an endless loop. */
const longestOfFolderMs = 1_800_000;

const git = (...words: readonly string[]): string =>
  spawnSync('git', words, { cwd: root, encoding: 'utf8' }).stdout.trim();

/** All that git knows of, as it stands in the working tree, with the packages of this checkout. Returns the folder. */
function copyCheckout(): string {
  const copy = mkdtempSync(path.join(os.tmpdir(), 'pareto-mutants-'));
  for (const file of git('ls-files').split('\n')) {
    if (existsSync(path.join(root, file))) cpSync(path.join(root, file), path.join(copy, file), { recursive: true });
  }
  symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'dir');
  return copy;
}

const isTest = (file: string): boolean => /\.test\.tsx?$/.test(file);
const runsInNode = (file: string): boolean => !/\.(browser|corpus|timing)\./.test(file);

/** Sources that have mutants. */
function sourcesOf(folder: string): readonly string[] {
  return git('ls-files', folder)
    .split('\n')
    .filter((file) => file.endsWith('.ts') && !isTest(file) && !/\/(testing|fixtures)\/|\.d\.ts$/.test(file));
}

/** Tests of a mutant, the most specific first. */
function stagesOf(file: string, folder: string): readonly Stage[] {
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

function runTests(copy: string, { tests, longestMs: mostMs }: Stage): Promise<Outcome> {
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

/** The outcome of the first stage that does not pass, else `passed`. */
async function runAllTests(copy: string, mutant: PlacedMutant, folder: string): Promise<Outcome> {
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

function changeOf(copy: string, mutant: PlacedMutant): Change {
  const source = readFileSync(path.join(copy, mutant.file), 'utf8');
  const line = source.slice(0, mutant.start).split('\n').length;
  const lineOf = (text: string): string => (text.split('\n')[line - 1] ?? '').trim();
  return { place: `${mutant.file}:${line}`, from: lineOf(source), to: lineOf(withMutant(source, mutant)) };
}

const fileOf = ({ place }: Change): string => place.replace(/:\d+$/, '');
const isSame = (a: Change, b: Change): boolean => fileOf(a) === fileOf(b) && a.from === b.from && a.to === b.to;

const mutantsOfFile = (copy: string, file: string): readonly PlacedMutant[] =>
  mutantsOf(file, readFileSync(path.join(copy, file), 'utf8')).map((mutant) => ({ file, ...mutant }));

function drawnMutants(copy: string, folder: string): readonly PlacedMutant[] {
  const all = sourcesOf(folder).flatMap((file) => mutantsOfFile(copy, file));
  return drawSome(all, count, seed).slice(first);
}

/** Mutants that survived. One whose line has changed or is gone is taken out of the result. */
function survivingMutants(copy: string, result: FolderResult): readonly PlacedMutant[] {
  return result.survivors.flatMap((survivor) => {
    const file = fileOf(survivor);
    const mutants = existsSync(path.join(copy, file)) ? mutantsOfFile(copy, file) : [];
    const found = mutants.find((mutant) => isSame(changeOf(copy, mutant), survivor));
    if (found !== undefined) return [found];
    result.survivors = result.survivors.filter((each) => each !== survivor);
    return [];
  });
}

const summary = ['folder', 'mutants', 'killed when drawn', 'killed', 'of them by a test without end', 'killed, %'];
const list = ['survivor', 'line', 'line of the mutant', 'why no test can or need notice it'];

/** Reads the rows of the result page. */
function readStored(): FolderResult[] {
  const file = path.join(root, 'docs', 'results', 'mutation.json');
  if (!existsSync(file)) return [];
  const [counts, survivors] = (JSON.parse(readFileSync(file, 'utf8')) as ResultDocument).tables;
  return (counts?.rows ?? []).map(([folder = '', , killedAtFirst, killed, withoutEnd]) => ({
    folder,
    killed: Number(killed),
    killedAtFirst: Number(killedAtFirst),
    withoutEnd: Number(withoutEnd),
    survivors: (survivors?.rows ?? [])
      .filter(([place = '']) => place.startsWith(`${folder}/`))
      .map(([place = '', from = '', to = '', explanation = '']) => ({ place, from, to, explanation })),
  }));
}

const countOf = ({ killed, survivors }: FolderResult): number => killed + survivors.length;

async function write(results: readonly FolderResult[]): Promise<void> {
  if (!given.write) return;
  const shareOf = (result: FolderResult): string => ((100 * result.killed) / Math.max(1, countOf(result))).toFixed(0);
  await writeResult('mutation', {
    command: `npx tsx bench/mutate.ts --mutants ${count} --seed ${seed}`,
    machine: describeMachine(),
    tables: [
      {
        columns: summary.map((name) => ({ name })),
        rows: results.map((each) => [
          each.folder,
          ...[countOf(each), each.killedAtFirst, each.killed, each.withoutEnd].map(String),
          shareOf(each),
        ]),
      },
      {
        title: 'Mutants that survived',
        columns: list.map((name) => ({ name })),
        rows: results.flatMap(({ survivors }) =>
          survivors.map(({ place, from, to, explanation }) => [place, from, to, explanation]),
        ),
      },
    ],
  });
}

function note(result: FolderResult, change: Change, outcome: Outcome): void {
  const known = result.survivors.find((each) => isSame(each, change));
  if (outcome !== 'passed') {
    result.killed += 1;
    if (!given.again) result.killedAtFirst += 1;
    if (outcome === 'no end') result.withoutEnd += 1;
    result.survivors = result.survivors.filter((each) => each !== known);
  } else if (known === undefined) result.survivors.push({ ...change, explanation: '' });
  const label = { passed: 'SURVIVED', failed: 'killed', 'no end': 'no end' }[outcome];
  console.log(`${label} ${change.place}\n    ${change.from}\n    ${change.to}`);
}

async function main(): Promise<void> {
  const stored = readStored();
  const isKept = given.again || first > 0;
  const fresh = (folder: string): FolderResult => ({
    folder,
    killed: 0,
    killedAtFirst: 0,
    withoutEnd: 0,
    survivors: [],
  });
  const results = folders.map((folder) => (isKept && stored.find((each) => each.folder === folder)) || fresh(folder));
  const all = [...stored.filter(({ folder }) => !folders.includes(folder)), ...results];
  const copy = copyCheckout();
  const endMs = Date.now() + minutes * 60_000;
  try {
    const chosen = results.map((result) =>
      given.again ? survivingMutants(copy, result) : drawnMutants(copy, result.folder),
    );
    // In turns: a folder has results even if time ends early.
    for (let at = 0; chosen.some((mutants) => at < mutants.length); at += 1) {
      for (const [index, result] of results.entries()) {
        const mutant = chosen[index]?.[at];
        if (mutant === undefined || Date.now() > endMs) continue;
        const change = changeOf(copy, mutant);
        note(result, change, await runAllTests(copy, mutant, result.folder));
        await write(all);
      }
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
  for (const result of all) console.log(`${result.folder}: ${result.killed} of ${countOf(result)} killed`);
}

await main();
