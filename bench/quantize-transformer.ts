/**
 * Measures the time of GPTQ on a transformer of 22 M weights (six layers of width 384, embeddings). Each sample has 64
 * tokens, drawn from a seed. It measures the command of the shell, and with --page the built page (`npm run build`) in
 * a headless browser.
 *
 *     npx tsx bench/quantize-transformer.ts [--samples 256] [--tokens 64] [--page] [--profile <folder>]
 *
 * Prints the clock time, the processor time (of the page with all its workers), and the peak memory of the process.
 * --profile leaves a CPU profile of each thread of the command.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium } from 'playwright';
import { pageCpuMs } from '../e2e/support/cpu-time';
import { drop } from '../e2e/support/drop';
import { encodeNpz } from '../e2e/support/npz';
import { expectOpen, goTo, openFile, runRecipe } from '../e2e/support/steps';
import { readHeaderRules } from '../src/runtime/node/response-headers.mjs';
import { createStaticServer, listen } from '../src/runtime/node/static-server.mjs';
import { locateTestBrowser } from '../src/runtime/node/test-browser.mjs';
import { formatBytes } from '../src/engine/format';
import { encodeModel } from '../src/engine/onnx/codec/encode';
import { createSeededRandom } from '../src/engine/seeded-random';
import { createTransformer, sentenceSize } from './support/transformer-model';
import { runProcess, writeParts } from './support/whole-process';

const { values } = parseArgs({
  options: {
    samples: { type: 'string', default: '256' },
    tokens: { type: 'string', default: '64' },
    page: { type: 'boolean', default: false },
    profile: { type: 'string' },
  },
});

/** Ids of tokens, of which small ones are frequent, as in texts. */
function writeSentences(path: string, samples: number, tokens: number): void {
  const random = createSeededRandom(2);
  const ids = BigInt64Array.from({ length: samples * tokens }, () =>
    BigInt(Math.floor(sentenceSize.vocabulary * random.next() ** 3)),
  );
  writeFileSync(path, encodeNpz({ ids: { descr: '<i8', shape: [samples, tokens], values: ids } }));
}

const step = { pass: 'quantize-weights', enabled: true, options: {} };
const inSeconds = (ms: number): string => (ms / 1000).toFixed(1);

function runInShell(input: string, data: string, recipe: string, output: string): void {
  const cli = fileURLToPath(new URL('../cli/pareto.mjs', import.meta.url));
  const profiled = values.profile === undefined ? [] : ['--cpu-prof', `--cpu-prof-dir=${values.profile}`];
  const { wholeMs, processorMs, peakBytes } = runProcess(process.execPath, [
    ...[...profiled, cli, 'optimize', input, '-o', output, '--recipe', recipe],
    ...['--data', data, '--samples', values.samples, '--json'],
  ]);
  console.log(
    `shell: ${formatBytes(statSync(input).size)} → ${formatBytes(statSync(output).size)}, ${inSeconds(wholeMs)} s, ` +
      `${inSeconds(processorMs)} s of processor time, ${formatBytes(peakBytes)} at most`,
  );
}

/** From pressing Run to the variant. */
async function runInPage(input: string, data: string, recipe: string): Promise<void> {
  const server = createStaticServer(distribution, readHeaderRules(new URL('_headers', `file://${distribution}/`)));
  const browser = await chromium.launch(await locateTestBrowser());
  try {
    const page = await browser.newPage();
    await page.goto(`http://localhost:${await listen(server, { port: 0 })}/`);
    await openFile(page, input);
    await expectOpen(page, 'transformer.onnx');
    await openFile(page, data);
    await goTo(page, 'Data');
    const setAside = page.getByRole('textbox', { name: 'Set aside to calibrate' });
    await goTo(page, 'Studio');
    await drop(page, recipe);
    // The page may have chosen it already, which leaves nothing to undo.
    await page
      .getByText(`${basename(recipe)} applied.`)
      .first()
      .waitFor();
    await goTo(page, 'Data');
    await setAside.fill(values.samples);
    await setAside.blur();
    await goTo(page, 'Studio');
    const cpuBefore = await pageCpuMs(page);
    const start = performance.now();
    await runRecipe(page, 1_200_000);
    const wholeMs = performance.now() - start;
    const cpuMs = (await pageCpuMs(page)) - cpuBefore;
    console.log(`page: ${inSeconds(wholeMs)} s, ${inSeconds(cpuMs)} s of processor time`);
  } finally {
    await browser.close();
    server.close();
  }
}

const distribution = fileURLToPath(new URL('../dist', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'pareto-transformer-'));
try {
  const at = (name: string): string => join(folder, name);
  writeParts(at('transformer.onnx'), encodeModel(createTransformer(sentenceSize)));
  // A quarter more: the page holds some samples out.
  writeSentences(at('sentences.npz'), Math.ceil(Number(values.samples) * 1.25), Number(values.tokens));
  writeFileSync(at('gptq.recipe.json'), JSON.stringify({ version: 1, seed: 0, steps: [step] }));
  const given = [at('transformer.onnx'), at('sentences.npz'), at('gptq.recipe.json')] as const;
  if (values.page) await runInPage(...given);
  else runInShell(...given, at('made.onnx'));
} finally {
  rmSync(folder, { recursive: true });
}
