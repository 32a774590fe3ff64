/**
 * `npm test`: from a fresh clone to a verdict. Begins no other stage when one has failed.
 * `node scripts/test.mjs <stage>…` runs the named stages alone; `--corpus` adds the corpora, which `npm test` leaves out.
 * `quick` (`npm run test:quick`) stands for lint, imports, records, types, and the unit tests that take a moment.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build, buildIfNeeded, installIfNeeded, root, run, tool } from './preparation.mjs';
import { slowFilesLeftOut } from './slow-tests.mjs';
import { countTests, failuresIn, sumOf } from './test-counts.mjs';

/** @typedef {import('./test-counts.mjs').TestCounts} TestCounts */
/**
 * @typedef {object} Stage
 * @property {string} name
 * @property {(write?: (text: string) => void) => Promise<TestCounts | void>} run  `write`: takes what would be shown at once
 * @property {boolean} [isShownAtOnce]  also where others run beside it, which tell all when they have ended
 */

const mostFailuresShown = 20;
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
  try {
    await runTests(report);
  } catch (error) {
    // The last lines of a log are read first. Without them, failures are hidden among thousands of lines.
    if (!existsSync(report) || !(error instanceof Error)) throw error;
    const failures = failuresIn(JSON.parse(readFileSync(report, 'utf8')));
    const left = failures.length - mostFailuresShown;
    const shown = [...failures.slice(0, mostFailuresShown), ...(left > 0 ? [`… and ${left} more.`] : [])];
    throw new Error([error.message, ...shown].join('\n'), { cause: error });
  }
  if (!existsSync(report)) throw new Error(`The stage "${name}" left no report.`);
  const counts = countTests(JSON.parse(readFileSync(report, 'utf8')));
  if (counts.passed === 0) throw new Error(`The stage "${name}" ran no test.`);
  if (counts.failed + counts.skipped > 0) {
    throw new Error(`${counts.failed} failed and ${counts.skipped} were skipped in "${name}".`);
  }
  return counts;
}

/**
 * @param {string} name  of a stage of Vitest
 * @returns {ReadonlySet<string>} paths of test files, from the root
 */
function filesOfReport(name) {
  /** @type {{ testResults: readonly { name: string }[] }} */
  const { testResults } = JSON.parse(readFileSync(path.join(reports, `${name}.json`), 'utf8'));
  return new Set(testResults.map((file) => path.relative(root, file.name).replaceAll('\\', '/')));
}

/**
 * @param {string} name
 * @param {...string} projects  of vitest.config.ts
 * @returns {Stage}
 */
function vitest(name, ...projects) {
  return { name, run: (write) => counted(name, (report) => runVitest(report, projects, { ...(write && { write }) })) };
}

/**
 * @param {string} report  file that it writes
 * @param {readonly string[]} projects
 * @param {Parameters<typeof run>[2]} options
 */
function runVitest(report, projects, options) {
  const chosen = projects.map((project) => `--project=${project}`);
  const reporters = ['--reporter=dot', '--reporter=json', `--outputFile.json=${report}`];
  return run(tool('vitest'), ['run', ...chosen, ...reporters], options);
}

/**
 * In one run, the corpus tests of the built page begin while the last of the other tests still run.
 * @param {readonly string[]} projects of playwright.config.ts, in whose order their tests begin
 * @returns {Stage}
 */
function playwright(projects) {
  const chosen = projects.map((project) => `--project=${project}`);
  return {
    name: projects.join(' and '),
    isShownAtOnce: true,
    async run() {
      await buildIfNeeded();
      return counted(projects.join('-and-'), (report) =>
        run(tool('playwright'), ['test', ...chosen, '--reporter=list,json'], {
          environment: { PLAYWRIGHT_JSON_OUTPUT_FILE: report },
        }),
      );
    },
  };
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

/**
 * Lanes beside each other, of about the same length. They share no files, and most of their work uses one processor.
 */
const checks = [
  [
    // The parser in Rust saves 9 to 13 s of CPU time and finds the same as `npx prettier`.
    check('format', [tool('prettier'), '--check', '--log-level', 'warn', '--plugin=@prettier/plugin-oxc', '.']),
    check('lint', [tool('oxlint'), '--deny-warnings']),
    check('imports', [process.execPath, path.join(root, 'scripts', 'check-imports.mjs')]),
    check('records', [process.execPath, path.join(root, 'scripts', 'check-records.mjs')]),
    check('unused', [tool('knip'), '--no-progress']),
  ],
  [
    { name: 'build', run: build },
    check('bundle', [process.execPath, path.join(root, 'scripts', 'check-bundle.mjs')]),
    // The tests of the package share this build.
    check('package', [process.execPath, path.join(root, 'scripts', 'build-package.mjs')]),
    // Several threads would check much of the same types, each for itself: a quarter more time of the processors.
    check(
      'types',
      ...parts.map((part) => /** @type {const} */ ([tool('tsc'), '-p', `tsconfig.${part}.json`, '--singleThreaded'])),
    ),
  ],
];

/** Projects of playwright.config.ts. They run beside the tests of vitest, because neither keeps all processors busy. */
const pageTests = ['end-to-end', 'end-to-end-corpus'];

const moduleTests = [
  vitest('unit', 'node', 'node-isolated'),
  vitest('browser', 'browser'),
  vitest('corpus', 'node-corpus', 'browser-corpus'),
];

/**
 * The fast tests, and those of changed files.
 * @type {Stage}
 */
const quickTests = {
  name: 'quick-unit',
  async run(write) {
    const environment = { PARETO_QUICK_TESTS: '1' };
    const counts = await counted('quick-unit', (report) =>
      runVitest(report, ['node'], { environment, ...(write && { write }) }),
    );
    const ran = filesOfReport('quick-unit');
    const slow = slowFilesLeftOut().filter((file) => ran.has(file));
    if (slow.length > 0) throw new Error(`Slow files were run: ${slow.join(', ')}.`);
    return counts;
  },
};
const quickChecks = ['lint', 'imports', 'records', 'types'];

/** These run with nothing beside them: other work makes a task take more time of the processor too. */
const timings = [vitest('timing', 'node-timing'), playwright(['end-to-end-timing'])];

const corpora = ['end-to-end-corpus', 'corpus'];

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

/**
 * @param {readonly Stage[]} stages
 * @param {object} how
 * @param {boolean} how.isBesideOthers
 * @param {() => boolean} how.mayGoOn  asked before each stage
 * @returns {Promise<TestCounts[]>}
 */
async function inTurn(stages, { isBesideOthers, mayGoOn }) {
  const counts = [];
  for (const stage of stages) {
    if (!mayGoOn()) break;
    const started = performance.now();
    let output = '';
    const title = `\n── ${stage.name}`;
    const isPrintedAtEnd = isBesideOthers && !stage.isShownAtOnce;
    if (!isPrintedAtEnd) console.log(title);
    try {
      const result = await stage.run(isPrintedAtEnd ? (text) => void (output += text) : undefined);
      if (result !== undefined) counts.push(result);
    } catch (error) {
      if (isPrintedAtEnd) output += `\nFailed after ${seconds(started)}.`;
      throw error;
    } finally {
      if (isPrintedAtEnd) console.log(`${title}\n${output}`.trimEnd());
    }
    console.log(`── ${stage.name}: passed in ${seconds(started)}`);
  }
  return counts;
}

/**
 * @param {readonly (readonly Stage[])[]} lanes
 * @returns {Promise<TestCounts[]>}
 */
async function besideEachOther(lanes) {
  const isBesideOthers = lanes.filter((lane) => lane.length > 0).length > 1;
  let hasFailed = false;
  const follow = (/** @type {readonly Stage[]} */ lane) =>
    inTurn(lane, { isBesideOthers, mayGoOn: () => !hasFailed }).catch((error) => {
      hasFailed = true;
      throw error;
    });
  const outcomes = await Promise.allSettled(lanes.map(follow));
  return outcomes.flatMap((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/**
 * Lanes that run beside each other, after those of the group before.
 * @param {readonly string[]} given
 * @returns {readonly (readonly (readonly Stage[])[])[]}
 */
function chooseGroups(given) {
  if (given.join() === 'quick') {
    const [short = [], long = []] = checks.map((lane) => lane.filter(({ name }) => quickChecks.includes(name)));
    return [[[...short, quickTests], long]];
  }
  const all = [...[...checks.flat(), ...moduleTests, ...timings].map(({ name }) => name), ...pageTests];
  const names = given.filter((word) => word !== '--corpus');
  const unknown = names.filter((name) => !all.includes(name));
  if (unknown.length > 0) {
    throw new Error(`No stage is called ${unknown.join(', ')}. They are: ${all.join(', ')}.`);
  }
  const isWanted = (/** @type {string} */ name) =>
    names.includes(name) || (corpora.includes(name) ? given.includes('--corpus') : names.length === 0);
  const wantedOf = (/** @type {readonly Stage[]} */ stages) => stages.filter(({ name }) => isWanted(name));
  const ofPage = pageTests.filter(isWanted);
  return [
    checks.map(wantedOf),
    [ofPage.length > 0 ? [playwright(ofPage)] : [], wantedOf(moduleTests)],
    [wantedOf(timings)],
  ];
}

async function main() {
  const groups = chooseGroups(process.argv.slice(2));
  await installIfNeeded();
  mkdirSync(reports, { recursive: true });
  const started = performance.now();
  const counts = [];
  for (const lanes of groups) counts.push(...(await besideEachOther(lanes)));
  const total = sumOf(counts);
  console.log(`\n${groups.flat(2).length} stages in ${seconds(started)}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
