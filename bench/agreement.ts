/**
 * Measured times next to a bare loop over onnxruntime-web in the same browser. It also gives verdicts on models whose
 * difference is known: a copy of a model, and a model with 10 % more work.
 *
 *     npm run build
 *     npx tsx bench/agreement.ts [--repetitions 12] [--comparisons 50] [--write]
 *
 * Everything runs on WASM with one thread. A bare loop and a measurement take turns, each in a fresh session.
 */
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright';
import { listen } from '../src/runtime/node/static-server.mjs';
import { formatDuration, formatNumber, formatPercent } from '../src/engine/format';
import { intervalOfMedian } from '../src/engine/metrics/median-interval';
import type { Comparison, Verdict } from '../src/engine/metrics/cell';
import { median } from '../src/engine/metrics/quantile';
import { encodeModel, joinParts } from '../src/engine/onnx/codec/encode';
import type { Model } from '../src/engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../src/engine/onnx/testing/build';
import { createSeededRandom } from '../src/engine/seeded-random';
import {
  load,
  pageInputsOf,
  serveRuntime,
  withMeasuringPage,
  type MeasureInPage,
  type PageInput,
  type WebRuntime,
} from './support/measure-in-page';
import { printRow, printTitledHead } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { samples } from './support/samples';

const { values } = parseArgs({
  options: {
    ...writeOption,
    repetitions: { type: 'string', default: '12' },
    comparisons: { type: 'string', default: '50' },
  },
});
const repetitions = Number(values.repetitions);
const comparisons = Number(values.comparisons);

const warmUpMs = 500;
const timedMs = 1000;
/** Comparisons of one call of the page, each with sessions of its own. */
const cellsPerCall = 10;

const width = 128;
const usualProducts = 10;

/** A chain of matrix products. Those beyond the usual ones multiply by the identity, so that the outputs stay the same. */
function chain(products: number): Model {
  const random = createSeededRandom(1);
  const scale = 2 / Math.sqrt(width);
  const weights = Array.from({ length: products }, (_, index) => {
    const isIdentity = index >= usualProducts;
    const elements = Float32Array.from({ length: width * width }, (_unused, at) =>
      isIdentity ? Number(at % (width + 1) === 0) : (random.next() - 0.5) * scale,
    );
    return floatTensor(`w${index}`, [width, width], elements);
  });
  const valueOf = (index: number): string => (index === products ? 'y' : `v${index}`);
  return model(
    graph({
      nodes: weights.map(({ name = '' }, index) => node('MatMul', [valueOf(index), name], [valueOf(index + 1)])),
      initializers: weights,
      inputs: [valueInfo('v0', [width, width])],
      outputs: [valueInfo('y', [width, width])],
    }),
  );
}

interface BareRequest {
  readonly address: string;
  readonly inputs: readonly PageInput[];
  readonly warmUpMs: number;
  readonly timedMs: number;
}

/** Runs in the page, as anyone would write it. Returns the time of each run, in ms. */
async function bareLoop(request: BareRequest): Promise<number[]> {
  const ort = (await import('/ort/ort.wasm.min.mjs' as never)) as WebRuntime;
  ort.env.wasm.numThreads = 1;
  ort.env.wasm.wasmPaths = '/ort/';
  const session = await ort.InferenceSession.create(new Uint8Array(await (await fetch(request.address)).arrayBuffer()));
  const feeds: Record<string, object> = {};
  for (const { name, dims, data } of request.inputs) {
    feeds[name] = new ort.Tensor('float32', Float32Array.from(data), dims);
  }
  const warmUpEndMs = performance.now() + request.warmUpMs;
  while (performance.now() < warmUpEndMs) await session.run(feeds);
  const endMs = performance.now() + request.timedMs;
  const runsMs: number[] = [];
  while (performance.now() < endMs) {
    const startMs = performance.now();
    await session.run(feeds);
    runsMs.push(performance.now() - startMs);
  }
  return runsMs;
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-agreement-'));
const fileOf = (name: string): string => join(folder, `${name}.onnx`);

async function timeBareLoop(page: Page, name: string, inputs: readonly PageInput[]): Promise<number> {
  await page.reload();
  return median(await page.evaluate(bareLoop, { address: `/models/${name}.onnx`, inputs, warmUpMs, timedMs }));
}

/** Measures a variant against a model `cells` times. */
async function compare(measure: MeasureInPage, original: string, variant: string, cells: number, seed: number) {
  const measured = await measure({ original: fileOf(original), variant: fileOf(variant), cells, seed });
  const wrong = measured.cells.find(({ outputMatch }) => !outputMatch.identical);
  if (wrong) throw new Error(`Outputs of ${variant} are not those of ${original}.`);
  return measured;
}

async function compareWithBareLoop(measure: MeasureInPage, bare: Page, name: string): Promise<void> {
  const inputs = pageInputsOf(fileOf(name));
  const pairs: { readonly bareMs: number; readonly measuredMs: number }[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const measured = async (): Promise<number> =>
      (await compare(measure, name, name, 1, repetition)).cells[0]!.steady.medianMs;
    const first = repetition % 2 === 0 ? await timeBareLoop(bare, name, inputs) : undefined;
    const measuredMs = await measured();
    pairs.push({ measuredMs, bareMs: first ?? (await timeBareLoop(bare, name, inputs)) });
  }
  const ratios = pairs.map(({ measuredMs, bareMs }) => measuredMs / bareMs);
  const [low, high] = intervalOfMedian(ratios.map((each) => [each]));
  const ratio = median(ratios);
  printRow(
    name,
    String(repetitions),
    formatDuration(median(pairs.map(({ bareMs }) => bareMs))),
    formatDuration(median(pairs.map(({ measuredMs }) => measuredMs))),
    formatNumber(ratio, 4),
    `${formatNumber(low, 4)} to ${formatNumber(high, 4)}`,
    Math.abs(ratio - 1) <= 0.01 ? 'yes' : 'no',
    load(),
  );
}

interface KnownDifference {
  readonly title: string;
  readonly variant: string;
  readonly wanted: 'slower' | 'not different';
  /** The least share of the comparisons with this verdict. */
  readonly leastShare: number;
}

async function countVerdicts(
  measure: MeasureInPage,
  { title, variant, wanted, leastShare }: KnownDifference,
): Promise<void> {
  const found: Pick<Comparison, 'verdict' | 'ratio' | 'interval' | 'noiseFloor' | 'pairs'>[] = [];
  for (let seed = 0; found.length < comparisons; seed++) {
    const cells = Math.min(cellsPerCall, comparisons - found.length);
    found.push(...(await compare(measure, 'chain', variant, cells, seed)).comparison);
  }
  const ratios = found.map(({ ratio }) => ratio).toSorted((a, b) => a - b);
  const isWanted = (verdict: Verdict): boolean =>
    wanted === 'slower' ? verdict === 'slower' : verdict === 'same' || verdict === 'undecided';
  const right = found.filter(({ verdict }) => isWanted(verdict)).length;
  printRow(
    title,
    wanted,
    `${right} of ${found.length}`,
    `${Math.ceil(leastShare * comparisons)} (${formatPercent(leastShare, 0)})`,
    formatNumber(median(ratios), 3),
    `${formatNumber(ratios[0]!, 3)} to ${formatNumber(ratios.at(-1)!, 3)}`,
    `${formatNumber(median(found.map(({ interval: [low, high] }) => high / low - 1)) * 100, 2)} %`,
    `${formatNumber(median(found.map(({ noiseFloor }) => noiseFloor)) * 100, 2)} %`,
    String(median(found.map(({ pairs }) => pairs))),
    load(),
  );
}

const sample = samples.find(({ id }) => id === 'fashion-cnn')!;
copyFileSync(sample.path, fileOf(sample.id));
for (const [name, products] of [
  ['chain', usualProducts],
  ['copy', usualProducts],
  ['more-work', usualProducts * 1.1],
] as const) {
  writeFileSync(fileOf(name), joinParts(encodeModel(chain(products))));
}

const server = serveRuntime('Bare loop', folder);
const port = await listen(server, { port: 0 });
try {
  await withMeasuringPage(async (page, measure) => {
    const bare = await page.context().browser()!.newPage();
    await bare.goto(`http://localhost:${port}/`);
    printTitledHead(
      'Agreement with a bare loop',
      ...['model', 'repetitions', 'bare loop', 'measured', 'measured ÷ bare', '95 %', 'within 1 %', 'load'],
    );
    for (const name of [sample.id, 'chain']) await compareWithBareLoop(measure, bare, name);
    await bare.close();
    printTitledHead(
      'Verdicts on a known difference',
      ...[
        'variant',
        'right verdict',
        'found',
        'wanted at least',
        'ratio',
        'lowest to highest',
        'width of the interval',
        'noise floor',
        'pairs',
        'load',
      ],
    );
    await countVerdicts(measure, { title: 'copy', variant: 'copy', wanted: 'not different', leastShare: 0.98 });
    await countVerdicts(measure, { title: '10 % more work', variant: 'more-work', wanted: 'slower', leastShare: 0.9 });
  });
  if (values.write) await writeResults('agreement');
} finally {
  server.close();
  rmSync(folder, { recursive: true, force: true });
}
