/**
 * Measures the accuracy that training restores after pruning and quantization, on the sample models and their data.
 * Training uses the calibration samples without their labels. Variants are evaluated on all evaluation samples.
 *
 *     npx tsx bench/training.ts [--only <words of a row>] [--seed 0]
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { runPareto } from './support/run-pareto';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const root = fileURLToPath(new URL('../', import.meta.url));
const samples = join(root, 'public/samples');
const { values: given } = parseArgs({
  options: {
    ...writeOption,
    only: { type: 'string' },
    seed: { type: 'string', default: '0' },
  },
});

interface Recipe {
  readonly title: string;
  readonly model: string;
  /** Passes with their options, as the command line takes them. */
  readonly passes: readonly (readonly string[])[];
}

const half = ['prune-channels', 'remove=0.5'];
const recipes: readonly Recipe[] = [
  { title: 'fashion-cnn', model: 'fashion-cnn', passes: [] },
  { title: 'fashion-cnn, half of the MACs removed', model: 'fashion-cnn', passes: [half] },
  { title: 'fashion-cnn, half removed, fine-tuned', model: 'fashion-cnn', passes: [half, ['fine-tune']] },
  { title: 'fashion-cnn, half removed in 3 rounds', model: 'fashion-cnn', passes: [[...half, 'rounds=3']] },
  {
    title: 'fashion-cnn, 4-bit weights, integer arithmetic, rounded',
    model: 'fashion-cnn',
    passes: [['quantize-aware-training', 'steps=1', 'learningRate=1e-9']],
  },
  {
    title: 'fashion-cnn, 4-bit weights, integer arithmetic, trained',
    model: 'fashion-cnn',
    passes: [['quantize-aware-training']],
  },
  {
    title: 'fashion-cnn, 8-bit weights, integer arithmetic, trained',
    model: 'fashion-cnn',
    passes: [['quantize-aware-training', 'weightType=int8']],
  },
  { title: 'fashion-transformer', model: 'fashion-transformer', passes: [] },
  {
    title: 'fashion-transformer, 60 % of weights zero',
    model: 'fashion-transformer',
    passes: [['prune-weights', 'amount=0.6']],
  },
  {
    title: 'fashion-transformer, 60 % zero in 3 rounds',
    model: 'fashion-transformer',
    passes: [['prune-weights', 'amount=0.6', 'rounds=3']],
  },
  {
    title: 'fashion-transformer, 4-bit weights, integer arithmetic, trained',
    model: 'fashion-transformer',
    passes: [['quantize-aware-training']],
  },
  {
    title: 'fashion-transformer, 8-bit weights, integer arithmetic, trained',
    model: 'fashion-transformer',
    passes: [['quantize-aware-training', 'weightType=int8']],
  },
  {
    title: 'fashion-transformer, 60 % zero, fine-tuned',
    model: 'fashion-transformer',
    passes: [['prune-weights', 'amount=0.6'], ['fine-tune']],
  },
];

function runRecipe({ title, model, passes }: Recipe, folder: string): readonly string[] {
  const path = join(samples, `${model}.onnx`);
  const variant = join(folder, 'variant.onnx');
  const steps = passes.flatMap(([pass, ...options]) => [
    '--pass',
    pass!,
    ...options.flatMap((each) => ['--set', each]),
  ]);
  const data = join(samples, 'fashion-mnist-calibration.npz');
  const seed = ['--seed', given.seed, '--samples', '512'];
  const made =
    passes.length === 0
      ? undefined
      : runPareto<Made>('optimize', path, '-o', variant, ...steps, '--data', data, ...seed);
  const evaluation = join(samples, 'fashion-mnist-evaluation.npz');
  const evaluated = runPareto<Evaluated>('evaluate', made ? variant : path, '--data', evaluation);
  const { value, interval } = evaluated.metrics.top1;
  const percent = (share: number): string => (100 * share).toFixed(2);
  const reports = made?.passes ?? [];
  const sentences = reports.map(({ sentence = '', ms }) => `${sentence} (${(ms / 1000).toFixed(0)} s)`).join(' ');
  return [title, percent(value), interval.map(percent).join('–'), sentences];
}

interface Made {
  readonly passes: readonly { readonly sentence?: string; readonly ms: number }[];
}

interface Evaluated {
  readonly metrics: { readonly top1: { readonly value: number; readonly interval: readonly [number, number] } };
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-training-'));
printHead('recipe', { name: 'top-1', unit: '%' }, { name: '95 %', unit: '%' }, 'outcome of the passes');
for (const recipe of recipes) {
  if (given.only === undefined || recipe.title.includes(given.only)) printRow(...runRecipe(recipe, folder));
}
rmSync(folder, { recursive: true });
if (given.write) await writeResults('training');
