/**
 * `npm test`: from a fresh clone to a verdict. Stops at the first stage that fails.
 * `node scripts/test.mjs <stage>…` runs the named stages alone; `--corpus` adds the corpora, which `npm test` leaves out.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build, buildIfNeeded, installIfNeeded, root, run, tool } from './preparation.mjs';
import { countTests, sumOf } from './test-counts.mjs';

/** @typedef {import('./test-counts.mjs').TestCounts} TestCounts */
/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {(write?: (text: string) => void) => Promise<TestCounts | void>} run  `write`: takes what would be shown at once
 */

const reports = path.join(root, 'node_modules', '.cache', 'test-reports');

/**
 * Runs a test tool that writes a JSON report, and counts what is in the report whether or not the tool succeeds.
 * @param {string} name
 * @param {(report: string) => Promise<void>} runTests
 * @returns {Promise<TestCounts>}
 */
async function counted(name, runTests) {
  const report = path.join(reports, `${name}.json`);
  rmSync(report, { force: true });
  await runTests(report);
  if (!existsSync(report)) throw new Error(`The stage "${name}" left no report.`);
  const counts = countTests(JSON.parse(readFileSync(report, 'utf8')));
  if (counts.passed === 0) throw new Error(`The stage "${name}" ran no test.`);
  if (counts.failed + counts.skipped > 0) {
    throw new Error(`${counts.failed} failed and ${counts.skipped} were skipped in "${name}".`);
  }
  return counts;
}

/**
 * @param {string} name
 * @param {readonly string[]} projects  of vitest.config.ts
 */
function vitest(name, projects) {
  return counted(name, (report) =>
    run(tool('vitest'), [
      'run',
      ...projects.map((project) => `--project=${project}`),
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]),
  );
}

/** @param {...string} projects  of playwright.config.ts, in whose order their tests begin */
function playwright(...projects) {
  return counted(projects.join('-and-'), (report) =>
    run(tool('playwright'), ['test', ...projects.map((project) => `--project=${project}`), '--reporter=list,json'], {
      environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
    }),
  );
}

/** @param {...string} projects  as of `playwright` */
async function ofBuiltPage(...projects) {
  await buildIfNeeded();
  return playwright(...projects);
}

/**
 * A stage of commands that run no tests.
 * @param {string} name
 * @param {...(readonly [command: string, ...parameters: string[]])} commands
 * @returns {Stage}
 */
function check(name, ...commands) {
  return {
    name,
    async run(write) {
      for (const [command, ...parameters] of commands) await run(command, parameters, { write });
    },
  };
}

const parts = ['engine', 'worker', 'app', 'node'];

/** Lanes beside each other, of about the same length: what they do shares no files, and most of it uses one processor. */
const lanes = [
  [
    // With a parser in Rust, which saves 9 to 13 s of the processor, and finds what `npx prettier` finds.
    check('format', [tool('prettier'), '--check', '--log-level', 'warn', '--plugin=@prettier/plugin-oxc', '.']),
    check('lint', [tool('oxlint'), '--deny-warnings']),
    check('imports', [process.execPath, path.join(root, 'scripts', 'check-imports.mjs')]),
    check('records', [process.execPath, path.join(root, 'scripts', 'check-records.mjs')]),
    check('unused', [tool('knip'), '--no-progress']),
  ],
  [
    { name: 'build', run: build },
    check('bundle', [process.execPath, path.join(root, 'scripts', 'check-bundle.mjs')]),
    // Several threads would check much of the same types, each for itself: a quarter more time of the processors.
    check(
      'types',
      ...parts.map((part) => /** @type {const} */ ([tool('tsc'), '-p', `tsconfig.${part}.json`, '--singleThreaded'])),
    ),
  ],
];

/** One after the other: each uses all processors. */
const tests = [
  { name: 'unit', run: () => vitest('unit', ['node', 'node-isolated', 'node-timing']) },
  { name: 'browser', run: () => vitest('browser', ['browser']) },
  { name: 'end-to-end', run: () => ofBuiltPage('end-to-end') },
];

const corpus = {
  name: 'corpus',
  run: async () => sumOf([await corpusOfVitest(), await ofBuiltPage('end-to-end-corpus')]),
};

function corpusOfVitest() {
  return vitest('corpus', ['node-corpus', 'browser-corpus']);
}

/** Where both are wanted: what the corpus has for the built page begins while the last of the other tests still run. */
const endToEndAndCorpus = [
  { name: 'end-to-end', run: () => ofBuiltPage('end-to-end', 'end-to-end-corpus') },
  { name: 'corpus', run: corpusOfVitest },
];

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * @param {readonly Stage[]} stages
 * @param {boolean} isBesideOthers  what a stage says is shown in one piece when it has ended
 * @returns {Promise<TestCounts[]>}
 */
async function inTurn(stages, isBesideOthers) {
  const counts = [];
  for (const stage of stages) {
    const started = performance.now();
    let said = '';
    const title = `\n── ${stage.name}`;
    if (!isBesideOthers) console.log(title);
    try {
      const result = await stage.run(isBesideOthers ? (text) => void (said += text) : undefined);
      if (result !== undefined) counts.push(result);
    } finally {
      if (isBesideOthers) console.log(`${title}\n${said}`.trimEnd());
    }
    console.log(`── ${stage.name}: passed in ${seconds(started)}`);
  }
  return counts;
}

/** @param {readonly string[]} given */
function chooseStages(given) {
  const all = [...lanes.flat(), ...tests, corpus];
  const names = given.filter((word) => word !== '--corpus');
  const unknown = names.filter((name) => all.every((stage) => stage.name !== name));
  if (unknown.length > 0) {
    throw new Error(`No stage is called ${unknown.join(', ')}. They are: ${all.map(({ name }) => name).join(', ')}.`);
  }
  const isWanted = (/** @type {Stage} */ stage) =>
    names.includes(stage.name) || (stage === corpus ? given.includes('--corpus') : names.length === 0);
  const chosen = [...tests, corpus].filter(isWanted);
  const both = endToEndAndCorpus.map(({ name }) => name);
  const isWithBoth = both.every((name) => chosen.some((stage) => stage.name === name));
  const separate = isWithBoth ? chosen.filter(({ name }) => !both.includes(name)) : chosen;
  return {
    lanes: lanes.map((lane) => lane.filter(isWanted)),
    tests: [...separate, ...(isWithBoth ? endToEndAndCorpus : [])],
  };
}

async function main() {
  const chosen = chooseStages(process.argv.slice(2));
  await installIfNeeded();
  mkdirSync(reports, { recursive: true });
  const started = performance.now();
  const outcomes = await Promise.allSettled(chosen.lanes.map((lane) => inTurn(lane, true)));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  const total = sumOf(await inTurn(chosen.tests, false));
  console.log(`\n${[...chosen.lanes.flat(), ...chosen.tests].length} stages in ${seconds(started)}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
