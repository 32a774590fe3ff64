/**
 * `npm test`: from a fresh clone to a verdict. Stops at the first stage that fails.
 * `node scripts/test.mjs <stage>…` runs the named stages alone.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { build, installIfNeeded, root, run, tool } from './preparation.mjs';
import { countTests, sumOf } from './test-counts.mjs';

/** @typedef {import('./test-counts.mjs').TestCounts} TestCounts */
/** @typedef {{ name: string, run: () => Promise<TestCounts | void> }} Stage */

const reports = path.join(root, 'node_modules', '.cache', 'test-reports');

/** @param {string} name */
function script(name) {
  return run(process.execPath, [path.join(root, 'scripts', name)]);
}

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

/** @param {'node' | 'browser'} project */
function unitTests(project) {
  return counted(project, (report) =>
    run(tool('vitest'), [
      'run',
      '--project',
      project,
      '--reporter=dot',
      '--reporter=json',
      `--outputFile.json=${report}`,
    ]),
  );
}

/** @type {readonly Stage[]} */
const stages = [
  {
    name: 'types',
    run: async () => {
      for (const part of ['engine', 'worker', 'app', 'node']) await run(tool('tsc'), ['-p', `tsconfig.${part}.json`]);
    },
  },
  { name: 'lint', run: () => run(tool('oxlint'), ['--deny-warnings']) },
  { name: 'imports', run: () => script('check-imports.mjs') },
  { name: 'format', run: () => run(tool('prettier'), ['--check', '--log-level', 'warn', '.']) },
  { name: 'unused', run: () => run(tool('knip'), ['--no-progress']) },
  { name: 'unit', run: () => unitTests('node') },
  { name: 'browser', run: () => unitTests('browser') },
  { name: 'build', run: build },
  { name: 'bundle', run: () => script('check-bundle.mjs') },
  {
    name: 'end-to-end',
    run: () =>
      counted('end-to-end', (report) =>
        run(tool('playwright'), ['test', '--project=end-to-end', '--reporter=list,json'], {
          PLAYWRIGHT_JSON_OUTPUT_FILE: report,
        }),
      ),
  },
];

async function main() {
  const wanted = process.argv.slice(2);
  const unknown = wanted.filter((name) => stages.every((stage) => stage.name !== name));
  if (unknown.length > 0) {
    throw new Error(
      `No stage is called ${unknown.join(', ')}. They are: ${stages.map(({ name }) => name).join(', ')}.`,
    );
  }
  await installIfNeeded();
  mkdirSync(reports, { recursive: true });
  const chosen = wanted.length === 0 ? stages : stages.filter(({ name }) => wanted.includes(name));
  const started = performance.now();
  /** @type {TestCounts[]} */
  const counts = [];
  for (const stage of chosen) {
    const stageStarted = performance.now();
    console.log(`\n── ${stage.name}`);
    const result = await stage.run();
    if (result !== undefined) counts.push(result);
    console.log(`── ${stage.name}: passed in ${seconds(stageStarted)}`);
  }
  const total = sumOf(counts);
  console.log(`\n${chosen.length} stages in ${seconds(started)}`);
  console.log(`${total.passed} passed, ${total.failed} failed`);
}

/** @param {number} since */
function seconds(since) {
  return `${((performance.now() - since) / 1000).toFixed(1)} s`;
}

try {
  await main();
} catch (error) {
  console.error(`\n${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
}
