/**
 * Measures size, accuracy and speed of every quantizing recipe, on the samples with data and on models from other
 * sources. Accuracy is that on all evaluation samples.
 *
 *     npx tsx bench/quantize.ts [--part costs|speed] [--samples 256] [--outside <model.onnx>]… [--beside <variant.onnx>]…
 *
 * The commands are those that people run: `pareto optimize`, `evaluate` and `benchmark`. Speed is a ratio of CPU times.
 * Original and variants take 60 turns of several runs in one process, and the least time of each is compared. Other
 * work on the machine only adds to some turns. Files that another tool made of an outside model run beside it.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { inspectInputs } from '../src/engine/analysis/inspect';
import { createSyntheticFeeds } from '../src/engine/data/synthetic';
import { formatBytes, formatPercent } from '../src/engine/format';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { foldingSessionOption, isWeightOnly } from '../src/engine/analysis/weights/weight-only';
import { loadOrtInNode } from '../src/runtime/node/ort';
import { toOrtTensors } from '../src/runtime/session/tensors';
import { printRow, printTitledHead } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { describeDifference, inFewBits, runPareto } from './support/run-pareto';

const { values } = parseArgs({
  options: {
    ...writeOption,
    part: { type: 'string' },
    samples: { type: 'string', default: '256' },
    outside: { type: 'string', multiple: true, default: [] },
    beside: { type: 'string', multiple: true, default: [] },
  },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = join(root, 'public', 'samples');

interface Recipe {
  readonly name: string;
  readonly pass: string;
  readonly options: readonly string[];
  /** Its ranges come from data alone. */
  readonly needsData?: boolean;
  /** Its file is as fast as those of its variations. */
  readonly isTimed?: true;
  /** Name of the only model that this recipe changes differently than another recipe does. */
  readonly onlyFor?: string;
}

const recipes: readonly Recipe[] = [
  {
    name: '8-bit weights',
    pass: 'quantize-weights',
    options: ['bits=8', 'blockSize=0', 'symmetric=true'],
    isTimed: true,
  },
  {
    name: '8-bit weights, to nearest',
    pass: 'quantize-weights',
    options: ['bits=8', 'blockSize=0', 'symmetric=true', 'method=rtn'],
  },
  { name: '4-bit weights', pass: 'quantize-weights', options: [], isTimed: true },
  { name: '4-bit weights, AdaRound', pass: 'quantize-weights', options: ['method=adaround'] },
  { name: '4-bit weights, to nearest', pass: 'quantize-weights', options: ['method=rtn'] },
  { name: '4-bit weights, SQuant', pass: 'quantize-weights', options: ['method=squant'] },
  { name: '4-bit weights, least error', pass: 'quantize-weights', options: ['method=mse'] },
  { name: '4-bit weights, k-quant', pass: 'quantize-weights', options: ['method=k-quant'] },
  { name: '2-bit weights', pass: 'quantize-weights', options: ['bits=2'], onlyFor: 'fashion-transformer' },
  {
    name: 'Integer arithmetic, ranges from data',
    pass: 'quantize-static',
    options: [],
    needsData: true,
    isTimed: true,
  },
  {
    name: 'Integer arithmetic, ranges from data, biases as they are',
    pass: 'quantize-static',
    options: ['biasCorrection=false', 'closeness=0'],
    needsData: true,
  },
  { name: 'float16', pass: 'convert-float16', options: [], isTimed: true },
];

interface Optimized {
  readonly sizeBytes: { readonly original: number; readonly variant: number };
}

interface Evaluated {
  readonly against: { readonly difference?: { readonly value: number; readonly interval: readonly [number, number] } };
  readonly outputMatch: { readonly cosine: number; readonly perOutput: readonly { readonly klDivergence?: number }[] };
}

function optimize(
  model: string,
  output: string,
  { pass, options }: Recipe,
  data: string | undefined,
  sampleCount = values.samples,
): Optimized {
  const given = data === undefined ? [] : ['--data', data, '--samples', sampleCount];
  const step =
    pass === 'quantize-weights'
      ? inFewBits(options)
      : ['--pass', pass, ...options.flatMap((option) => ['--set', option])];
  return runPareto('optimize', model, '-o', output, '--pass', 'simplify', ...step, ...given);
}

interface Benchmarked {
  readonly cells: readonly {
    readonly variant: string;
    readonly outputMatch: { readonly sqnrDb: number; readonly cosine: number };
  }[];
}

function benchmark(model: string, variant: string): Benchmarked {
  return runPareto('benchmark', model, variant, '--budget', 'quick', '--threads', '1');
}

const turns = 60;
const shortestTurnMs = 20;

/** CPU time of one run, the mean over `runs`, of all threads. Other work on the machine affects the wall clock, not this time. */
async function cpuMsOf(run: () => Promise<unknown>, runs: number): Promise<number> {
  const start = process.cpuUsage();
  for (let index = 0; index < runs; index++) await run();
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000 / runs;
}

/**
 * The least CPU time of a run of each, measured in turns of several runs. Other work on the machine only adds time, so
 * the least is the best estimate.
 */
async function leastCpuMs(each: readonly (() => Promise<unknown>)[], runsPerTurn: number): Promise<readonly number[]> {
  const least = each.map(() => Infinity);
  for (let turn = 0; turn < turns; turn++) {
    for (const [index, run] of each.entries()) least[index] = Math.min(least[index]!, await cpuMsOf(run, runsPerTurn));
  }
  return least;
}

/** How many times as fast as the first each file is, in one thread of WASM, opened as Pareto opens it. */
async function speeds(
  paths: readonly string[],
): Promise<readonly { readonly ratio: number; readonly leastMs: number }[]> {
  const ort = await loadOrtInNode(1);
  const each: (() => Promise<unknown>)[] = [];
  for (const path of paths) {
    const bytes = readFileSync(path);
    const model = decodeModel(new MemorySource(bytes));
    const session = await ort.InferenceSession.create(bytes, {
      logSeverityLevel: 3,
      ...(isWeightOnly(model) && { extra: { session: { disable_quant_qdq: foldingValue } } }),
    });
    const feeds = Object.fromEntries(
      toOrtTensors(ort, Object.entries(createSyntheticFeeds(inspectInputs(model), { batch: 1 }, 1))),
    );
    const run = () => session.run(feeds);
    for (let warmUp = 0; warmUp < 20; warmUp++) await run();
    each.push(run);
  }
  const once = await cpuMsOf(each[0]!, 20);
  const runsPerTurn = Math.max(1, Math.ceil(shortestTurnMs / once));
  const least = await leastCpuMs(each, runsPerTurn);
  return least.map((leastMs) => ({ ratio: least[0]! / leastMs, leastMs }));
}

const foldingValue = foldingSessionOption['session.disable_quant_qdq'];

/** Few samples: what is stored is as large and as fast with any. */
async function printSpeeds(model: string, data: string | undefined, beside: readonly string[] = []): Promise<void> {
  printTitledHead(`${basename(model)}, speed`, 'recipe', { name: 'least CPU time of a run', unit: 'ms' }, 'speed');
  const paths = [model];
  const made = recipes.filter(({ needsData, isTimed }) => (data || !needsData) && isTimed);
  for (const [index, recipe] of made.entries()) {
    paths.push(join(folder, `${index}.onnx`));
    optimize(model, paths.at(-1)!, recipe, data, '16');
  }
  const names = ['original', ...made.map(({ name }) => name), ...beside.map((path) => basename(path, '.onnx'))];
  for (const [index, { ratio, leastMs }] of (await speeds([...paths, ...beside])).entries()) {
    printRow(names[index]!, leastMs.toFixed(3), `${ratio.toFixed(2)}×`);
  }
}

if (values.write && values.part === undefined)
  throw new Error('Each table is a result of its own: add --part costs or --part speed.');
const folder = mkdtempSync(join(tmpdir(), 'pareto-quantize-'));
const calibration = join(samples, 'fashion-mnist-calibration.npz');
try {
  for (const name of ['fashion-cnn', 'fashion-transformer', 'fashion-lstm']) {
    const model = join(samples, `${name}.onnx`);
    if (values.part !== 'costs') await printSpeeds(model, calibration);
    if (values.part === 'speed') continue;
    printTitledHead(
      name,
      ...['recipe', 'size', 'of the original'],
      { name: 'top-1 against float32 (95 %)', unit: 'points' },
      { name: 'KL divergence', unit: 'nats' },
      'cosine',
    );
    for (const recipe of recipes.filter(({ onlyFor }) => onlyFor === undefined || onlyFor === name)) {
      const output = join(folder, 'made.onnx');
      const { sizeBytes } = optimize(model, output, recipe, calibration);
      const evaluation = runPareto<Evaluated>(
        ...['evaluate', output, '--against', model, '--data', join(samples, 'fashion-mnist-evaluation.npz')],
      );
      const { against, outputMatch } = evaluation;
      printRow(
        recipe.name,
        formatBytes(sizeBytes.variant),
        formatPercent(sizeBytes.variant / sizeBytes.original),
        describeDifference(against.difference),
        outputMatch.perOutput[0]?.klDivergence?.toExponential(1) ?? '–',
        outputMatch.cosine.toFixed(6),
      );
    }
  }
  for (const model of values.outside) {
    if (values.part !== 'costs') await printSpeeds(model, undefined, values.beside);
    if (values.part === 'speed') continue;
    printTitledHead(basename(model), 'recipe', 'size', 'of the original', 'outputs against float', 'cosine');
    for (const recipe of recipes.filter(({ needsData, onlyFor }) => needsData !== true && onlyFor === undefined)) {
      const output = join(folder, 'made.onnx');
      const { sizeBytes } = optimize(model, output, recipe, undefined);
      const { cells } = benchmark(model, output);
      const match = cells.find(({ variant }) => variant !== 'original')?.outputMatch;
      printRow(
        recipe.name,
        formatBytes(sizeBytes.variant),
        formatPercent(sizeBytes.variant / sizeBytes.original),
        match ? `${match.sqnrDb.toFixed(0)} dB` : '–',
        match?.cosine.toFixed(6) ?? '–',
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (values.write) await writeResults(values.part === 'speed' ? 'quantization-speed' : 'quantization');
