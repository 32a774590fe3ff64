/**
 * What quantization costs and saves: every quantizing recipe on the samples with data, judged on all of their evaluation
 * samples, and on models from elsewhere, whose outputs are compared. Prints the tables of docs/quantization.md.
 *
 *     npx tsx bench/quantize.ts [--samples 256] [--outside <model.onnx>]…
 *
 * The commands are those that people run: `pareto optimize`, `evaluate` and `benchmark`.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes, formatPercent } from '../src/engine/format';

const { values } = parseArgs({
  options: { samples: { type: 'string', default: '256' }, outside: { type: 'string', multiple: true, default: [] } },
});

const root = fileURLToPath(new URL('..', import.meta.url));
const samples = join(root, 'public', 'samples');

interface Recipe {
  readonly name: string;
  readonly pass: string;
  readonly options: readonly string[];
  /** Its ranges come from data alone. */
  readonly needsData?: boolean;
  /** Of others it makes what another recipe makes. */
  readonly onlyFor?: string;
}

const recipes: readonly Recipe[] = [
  { name: '8-bit weights', pass: 'quantize-weights', options: ['bits=8', 'blockSize=0', 'symmetric=true'] },
  {
    name: '8-bit weights, to nearest',
    pass: 'quantize-weights',
    options: ['bits=8', 'blockSize=0', 'symmetric=true', 'method=rtn'],
  },
  { name: '4-bit weights', pass: 'quantize-weights', options: [] },
  { name: '4-bit weights, to nearest', pass: 'quantize-weights', options: ['method=rtn'] },
  { name: '4-bit weights, least error', pass: 'quantize-weights', options: ['method=mse'] },
  { name: '4-bit weights, HQQ', pass: 'quantize-weights', options: ['method=hqq'] },
  { name: '4-bit weights, k-quant', pass: 'quantize-weights', options: ['method=k-quant'] },
  { name: '2-bit weights', pass: 'quantize-weights', options: ['bits=2'], onlyFor: 'fashion-transformer' },
  { name: 'INT8 static', pass: 'quantize-static', options: [], needsData: true },
  {
    name: 'INT8 static, biases as they are',
    pass: 'quantize-static',
    options: ['biasCorrection=false'],
    needsData: true,
  },
  { name: 'float16', pass: 'convert-float16', options: [] },
];

interface Optimized {
  readonly sizeBytes: { readonly reencoded: number; readonly variant: number };
}

interface Evaluated {
  readonly against: { readonly difference?: { readonly value: number; readonly interval: readonly [number, number] } };
  readonly outputMatch: { readonly cosine: number; readonly perOutput: readonly { readonly klDivergence?: number }[] };
}

interface Benchmarked {
  readonly cells: readonly {
    readonly variant: string;
    readonly outputMatch: { readonly sqnrDb: number; readonly cosine: number };
  }[];
  readonly comparison: readonly { readonly ratio: number }[];
}

function pareto<Result>(...parameters: readonly string[]): Result {
  const { stdout, stderr, status } = spawnSync(process.execPath, ['cli/pareto.mjs', ...parameters, '--json'], {
    cwd: root,
    maxBuffer: 2 ** 28,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout) as Result;
}

function optimize(model: string, output: string, { pass, options }: Recipe, data: string | undefined): Optimized {
  const sets = options.flatMap((option) => ['--set', option]);
  const given = data === undefined ? [] : ['--data', data, '--samples', values.samples];
  return pareto('optimize', model, '-o', output, '--pass', 'simplify', '--pass', pass, ...sets, ...given);
}

function speed(model: string, variant: string): Benchmarked {
  return pareto('benchmark', model, variant, '--budget', 'quick', '--threads', '1');
}

const points = (value: number): string =>
  `${value > 0 ? '+' : value < 0 ? '−' : '±'}${Math.abs(value * 100).toFixed(2)}`;

/** Printed as it comes: a table takes minutes. */
function printRow(cells: readonly string[]): void {
  console.log(`| ${cells.join(' | ')} |`);
}

function printHead(title: string, cells: readonly string[]): void {
  console.log(`\n### ${title}\n`);
  printRow(cells);
  printRow(cells.map(() => '---'));
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-quantize-'));
try {
  for (const name of ['fashion-cnn', 'fashion-transformer', 'fashion-lstm']) {
    const model = join(samples, `${name}.onnx`);
    printHead(name, [
      'recipe',
      'size',
      'of the original',
      'top-1 against float (95 %)',
      'KL',
      'cosine',
      'speed on WASM',
    ]);
    for (const recipe of recipes.filter(({ onlyFor }) => onlyFor === undefined || onlyFor === name)) {
      const output = join(folder, 'made.onnx');
      const { sizeBytes } = optimize(model, output, recipe, join(samples, 'fashion-mnist-calibration.npz'));
      const evaluation = pareto<Evaluated>(
        ...['evaluate', output, '--against', model, '--data', join(samples, 'fashion-mnist-evaluation.npz')],
      );
      const { against, outputMatch } = evaluation;
      const { difference } = against;
      const [comparison] = speed(model, output).comparison;
      printRow([
        recipe.name,
        formatBytes(sizeBytes.variant),
        formatPercent(sizeBytes.variant / sizeBytes.reencoded),
        difference
          ? `${points(difference.value)} (${points(difference.interval[0])} to ${points(difference.interval[1])})`
          : '–',
        outputMatch.perOutput[0]?.klDivergence?.toExponential(1) ?? '–',
        outputMatch.cosine.toFixed(6),
        comparison ? `${comparison.ratio.toFixed(2)}×` : '–',
      ]);
    }
  }
  for (const model of values.outside) {
    printHead(basename(model), [
      'recipe',
      'size',
      'of the original',
      'outputs against float',
      'cosine',
      'speed on WASM',
    ]);
    for (const recipe of recipes.filter(({ needsData, onlyFor }) => needsData !== true && onlyFor === undefined)) {
      const output = join(folder, 'made.onnx');
      const { sizeBytes } = optimize(model, output, recipe, undefined);
      const { cells, comparison } = speed(model, output);
      const [ratio] = comparison;
      const match = cells.find(({ variant }) => variant !== 'original')?.outputMatch;
      printRow([
        recipe.name,
        formatBytes(sizeBytes.variant),
        formatPercent(sizeBytes.variant / sizeBytes.reencoded),
        match ? `${match.sqnrDb.toFixed(0)} dB` : '–',
        match?.cosine.toFixed(6) ?? '–',
        ratio ? `${ratio.ratio.toFixed(2)}×` : '–',
      ]);
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
