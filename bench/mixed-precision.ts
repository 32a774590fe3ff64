/**
 * Compares mixed precision with uniform bits. For each sample with data and each limit, it prints two recipes with
 * their losses. One is the smallest uniform recipe within the limit, the other the mixture that the search finds.
 * Uniform recipes are evaluated on all samples that do not calibrate. A mixture is evaluated on the held-out samples of
 * its search, which decide only which of three candidates is confirmed.
 *
 *     npx tsx bench/mixed-precision.ts [--only <words of a sample>] [--limit 0.01]… [--seeds 0,1,2] [--budget-s 600] [--cpu]
 *
 * `--cpu` counts the budget in seconds of CPU: for machines that are busy.
 */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { EvaluationResult } from '../src/runtime/evaluation/evaluation-document';
import { formatBytes } from '../src/engine/format';
import { type Loss, describeInterval, formatLoss } from '../src/engine/verdict/loss';
import { confirmationOf } from '../src/engine/search/loss';
import { usualGoal } from '../src/engine/search/search-goal';
import type { SearchResult } from '../src/engine/search/search-journal';
import { liveByCpuTime } from './support/cpu-clock';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runHere } from './support/run-here';
import { inFewBits, runPareto } from './support/run-pareto';

const { values } = parseArgs({
  options: {
    ...writeOption,
    only: { type: 'string', default: '' },
    limit: { type: 'string', multiple: true, default: ['0.01', '0.02'] },
    seeds: { type: 'string', default: '0,1,2' },
    'budget-s': { type: 'string', default: '600' },
    cpu: { type: 'boolean', default: false },
  },
});

const folder = fileURLToPath(new URL('../public/samples/', import.meta.url));
const samples = [
  { model: 'digits-mlp', data: 'digits' },
  { model: 'fashion-cnn', data: 'fashion-mnist' },
  { model: 'fashion-transformer', data: 'fashion-mnist' },
  { model: 'fashion-lstm', data: 'fashion-mnist' },
].filter(({ model }) => model.includes(values.only));

/** Uniform precisions of a whole model. The pass keeps small ends in 8 bits. */
const uniform = [
  { name: '8 bits', sets: ['bits=8', 'blockSize=0'] },
  { name: '4 bits', sets: ['bits=4'] },
  { name: '4 bits by channel', sets: ['bits=4', 'blockSize=0'] },
  { name: '2 bits', sets: ['bits=2'] },
];

interface Stored {
  readonly name: string;
  readonly sizeBytes: number;
  readonly loss: Loss;
}

function storeUniform({ model, data }: (typeof samples)[number], temporary: string): readonly Stored[] {
  return uniform.map(({ name, sets }) => {
    const variant = join(temporary, 'uniform.onnx');
    runPareto(
      ...['optimize', join(folder, `${model}.onnx`), '-o', variant, '--pass', 'simplify', ...inFewBits(sets)],
      ...['--data', join(folder, `${data}-calibration.npz`), '--samples', '512'],
    );
    const { against, samples: evaluated } = runPareto<EvaluationResult>(
      ...['evaluate', variant, '--against', join(folder, `${model}.onnx`)],
      ...['--data', join(folder, `${data}-evaluation.npz`)],
    );
    const { value, interval, onlyOriginal, onlyVariant } = against!.difference!;
    const loss: Loss = {
      of: 'accuracy',
      value: 0 - value,
      interval: [0 - interval[1], 0 - interval[0]],
      samples: evaluated,
      inputs: 'data',
      ...(onlyOriginal !== undefined && onlyVariant !== undefined && { onlyOriginal, onlyVariant }),
    };
    return { name, sizeBytes: readFileSync(variant).length, loss };
  });
}

/** A further limit starts from the results of the one before. */
async function mix(
  { model, data }: (typeof samples)[number],
  { limit, seed, output }: { readonly limit: string; readonly seed: string; readonly output: string },
): Promise<SearchResult> {
  const isFirst = !existsSync(output);
  mkdirSync(output, { recursive: true });
  const { text } = await runHere(
    ...['search', join(folder, `${model}.onnx`), '--json', '--data', join(folder, `${data}-evaluation.npz`)],
    ...['--calibration-data', join(folder, `${data}-calibration.npz`), '--technique', 'mixed-weights'],
    ...['--limit', `accuracyLoss=${limit}`, '--seed', seed, '--budget-s', values['budget-s'], '-o', output],
    ...(isFirst ? [] : ['--resume']),
  );
  return JSON.parse(text) as SearchResult;
}

function printCase(
  model: string,
  stored: readonly Stored[],
  { limit, seed }: { readonly limit: string; readonly seed: string },
  { candidates, best }: SearchResult,
): void {
  const limits = { ...usualGoal.limits, accuracyLoss: Number(limit) };
  const keeping = stored.filter(({ loss }) => confirmationOf(loss, limits) === 'confirmed');
  const [smallest] = keeping.toSorted((a, b) => a.sizeBytes - b.sizeBytes);
  const mixed = candidates.find(({ id }) => id === best);
  printRow(
    ...[model, formatLoss({ of: 'accuracy' }, Number(limit)), smallest?.name ?? 'none'],
    ...(smallest === undefined ? ['–', '–'] : [formatBytes(smallest.sizeBytes), describeInterval(smallest.loss)]),
    ...[seed, mixed?.name.replace('Mixed-bit weights: ', '') ?? 'nothing'],
    ...(mixed?.sizeBytes === undefined ? ['–'] : [formatBytes(mixed.sizeBytes)]),
    ...(mixed?.confirmed === undefined
      ? ['–', 'not checked']
      : [describeInterval(mixed.confirmed), mixed.confirmed.word]),
  );
}

if (values.cpu) liveByCpuTime();
const columns = [
  'sample',
  'limit',
  'smallest uniform',
  'size',
  'lost (95 %)',
  'seed',
  'mixed',
  'size',
  'lost (95 %)',
  'held-out samples',
];
printHead(...columns);
const temporary = mkdtempSync(join(tmpdir(), 'pareto-bench-'));
try {
  for (const sample of samples) {
    const stored = storeUniform(sample, temporary);
    for (const seed of values.seeds.split(',')) {
      const output = join(temporary, `${sample.model}-${seed}`);
      for (const limit of values.limit)
        printCase(sample.model, stored, { limit, seed }, await mix(sample, { limit, seed, output }));
    }
  }
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
if (values.write) await writeResults('mixed-precision');
// Workers that wait for another session would keep the process.
process.exit(0);
