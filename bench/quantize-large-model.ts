/**
 * Checks that Pareto makes a model smaller that is larger than the memory for weights. Writes a model of square
 * products with its data beside it, and runs recipes on it in the shell (`pareto optimize`). With --page it runs them
 * in the built page (`npm run build`) in a headless browser, which opens files from the disk and downloads variants.
 *
 *     npx tsx bench/quantize-large-model.ts [--megabytes 3072] [--width 4096] [--recipe 8,4,float16] [--page] [--folder <for files>]
 *
 * Prints sizes, clock and processor time, and peak memory: of the command's process, or of all processes of the
 * browser. Memory that processes share counts once. A weight of 4096 × 4096 takes 64 MB. All files are removed in the
 * end. Linux only.
 */
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { chromium, type Page } from 'playwright';
import { browserBytes } from '../e2e/support/browser-memory';
import { pageCpuMs } from '../e2e/support/cpu-time';
import { drop } from '../e2e/support/drop';
import { runRecipe } from '../e2e/support/steps';
import { readHeaderRules } from '../src/runtime/node/response-headers.mjs';
import { createStaticServer, listen } from '../src/runtime/node/static-server.mjs';
import { locateTestBrowser } from '../src/runtime/node/test-browser.mjs';
import { formatBytes } from '../src/engine/format';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { bytesOf } from '../src/engine/onnx/byte-views';
import { encodeFiles } from '../src/engine/onnx/codec/encode-files';
import { DataType } from '../src/engine/onnx/data-type';
import { graph, model, node, valueInfo } from '../src/engine/onnx/testing/build';
import { createSeededRandom } from '../src/engine/seeded-random';
import { runProcess, writeParts } from './support/whole-process';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '3072' },
    width: { type: 'string', default: '4096' },
    recipe: { type: 'string', default: '8,4,float16' },
    page: { type: 'boolean', default: false },
    folder: { type: 'string', default: tmpdir() },
  },
});

const steps = {
  '8': { pass: 'quantize-weights', options: { bits: '8', blockSize: 0, symmetric: true, method: 'rtn' } },
  '4': { pass: 'quantize-weights', options: { bits: '4', method: 'rtn' } },
  float16: { pass: 'convert-float16', options: {} },
};
const distribution = fileURLToPath(new URL('../dist', import.meta.url));
const jobTimeoutMs = 1_200_000;

/** A chain of products. All weights have the same numbers: only to make them would take longer than to quantize them. */
function createChain(width: number, layers: number) {
  const random = createSeededRandom(1);
  const numbers = Float32Array.from({ length: width * width }, () => (random.next() + random.next() - 1) * 0.05);
  const rawData = new MemorySource(bytesOf(numbers));
  const indices = Array.from({ length: layers }, (_, index) => index);
  return model(
    graph({
      inputs: [valueInfo('value.0', ['N', width])],
      outputs: [valueInfo(`value.${layers}`, ['N', width])],
      initializers: indices.map((index) => ({
        name: `weight.${index}`,
        dims: [BigInt(width), BigInt(width)],
        dataType: DataType.float32,
        rawData,
      })),
      nodes: indices.map((index) => node('MatMul', [`value.${index}`, `weight.${index}`], [`value.${index + 1}`])),
    }),
  );
}

function report(what: string, sizeBytes: number, wholeMs: number, cpuMs: number, peakBytes: number): void {
  console.log(
    `${what}: ${formatBytes(sizeBytes)}, ${(wholeMs / 1000).toFixed(1)} s, ${(cpuMs / 1000).toFixed(1)} s of processor time, ` +
      `${formatBytes(peakBytes)} at most`,
  );
}

function runInShell(input: string, recipe: string, name: string): void {
  const output = join(folder, `${name}.onnx`);
  const cli = fileURLToPath(new URL('../cli/pareto.mjs', import.meta.url));
  const use = runProcess(process.execPath, [cli, 'optimize', input, '-o', output, '--recipe', recipe, '--json']);
  const written = [output, `${output}.data`].map((file) => statSync(file, { throwIfNoEntry: false })?.size ?? 0);
  report(name, written[0]! + written[1]!, use.wholeMs, use.processorMs, use.peakBytes);
  for (const file of [output, `${output}.data`]) rmSync(file, { force: true });
}

/** Measures the time and memory that a step takes of the browser. */
async function measure(page: Page, what: string, act: () => Promise<number>): Promise<void> {
  const cpuBefore = await pageCpuMs(page);
  const start = performance.now();
  let peak = browserBytes() ?? NaN;
  const watch = setInterval(() => (peak = Math.max(peak, browserBytes() ?? 0)), 200);
  const sizeBytes = await act().finally(() => clearInterval(watch));
  report(what, sizeBytes, performance.now() - start, (await pageCpuMs(page)) - cpuBefore, peak);
}

/**
 * Opening, and from Run to the downloaded file. The profile makes the browser store files on the disk, as for users.
 * Without a profile they would be in memory.
 */
async function runInPage(input: string, inputBytes: number, recipe: string, name: string): Promise<void> {
  const server = createStaticServer(distribution, readHeaderRules(new URL('_headers', `file://${distribution}/`)));
  const profile = join(folder, 'profile');
  const context = await chromium.launchPersistentContext(profile, await locateTestBrowser());
  try {
    context.setDefaultTimeout(jobTimeoutMs);
    const page = await context.newPage();
    await page.goto(`http://localhost:${await listen(server, { port: 0 })}/`);
    await measure(page, 'opened', async () => {
      await page.getByLabel('Choose files').setInputFiles([input, `${input}.data`]);
      await page
        .getByTestId('headline')
        .filter({ hasText: basename(input) })
        .waitFor();
      return inputBytes;
    });
    await drop(page, recipe);
    await page
      .getByText(`${basename(recipe)} applied.`)
      .first()
      .waitFor();
    await measure(page, name, async () => {
      await runRecipe(page, jobTimeoutMs);
      return download(page);
    });
  } finally {
    await context.close();
    server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

async function download(page: Page): Promise<number> {
  const started = page.waitForEvent('download', { timeout: jobTimeoutMs });
  await page.getByRole('button', { name: 'Download', exact: true }).click();
  const file = await started;
  const { size } = statSync(await file.path());
  await file.delete();
  return size;
}

const folder = mkdtempSync(join(values.folder, 'pareto-large-'));
try {
  const width = Number(values.width);
  const weightBytes = width * width * 4;
  const layers = Math.ceil((Number(values.megabytes) * 2 ** 20) / weightBytes);
  const input = join(folder, 'large.onnx');
  const files = encodeFiles(createChain(width, layers), { storage: 'external', dataFileName: 'large.onnx.data' });
  writeParts(input, files.model);
  writeParts(`${input}.data`, files.externalData[0]!.data);
  console.log(`${formatBytes(layers * weightBytes)} in ${layers} weights of ${formatBytes(weightBytes)}`);
  const recipes = new Map<string, string>();
  for (const name of values.recipe.split(',')) {
    const file = join(folder, `${name}.recipe.json`);
    if (!(name in steps))
      throw new Error(`There is no recipe “${name}”: --recipe takes ${Object.keys(steps).join(', ')}.`);
    const step = { enabled: true, ...steps[name as keyof typeof steps] };
    writeFileSync(file, JSON.stringify({ version: 1, seed: 0, steps: [step] }));
    recipes.set(name, file);
  }
  for (const [name, recipe] of recipes) {
    if (values.page) await runInPage(input, layers * weightBytes, recipe, name);
    else runInShell(input, recipe, name);
  }
} finally {
  rmSync(folder, { recursive: true });
}
