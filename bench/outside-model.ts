/**
 * Size, MACs and accuracy of every pass on a model that was trained with another framework. Passes calibrate and train on one file of
 * data. Variants are evaluated on all of another, paired with the original.
 *
 *     npx tsx bench/outside-model.ts --model <model.onnx> [--data <calibration>] [--evaluation <data>] [--batch X.0]
 *
 * `tools/make-outside-models.py` trains one with PyTorch. The commands are those that people run.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatPercent } from '../src/engine/format';
import { evaluatePasses, wordsOf } from './support/evaluate-passes';
import { printRow, printTitledHead } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { describeDifference, runPareto } from './support/run-pareto';

const root = fileURLToPath(new URL('..', import.meta.url));
const sample = (name: string): string => join(root, 'public', 'samples', name);
const { values: given } = parseArgs({
  options: {
    ...writeOption,
    model: { type: 'string' },
    data: { type: 'string', default: sample('digits-calibration.npz') },
    evaluation: { type: 'string', default: sample('digits-evaluation.npz') },
    /** The free dimension that counts samples. */
    batch: { type: 'string', default: 'batch' },
    only: { type: 'string', default: '' },
  },
});
const { model } = given;
if (model === undefined) throw new Error('Name the model: --model <model.onnx>.');

/** Passes with their options, as the command line takes them. */
const rows: readonly (readonly [string, ...string[]])[] = [
  ['float16', 'convert-float16'],
  ['Integer arithmetic, ranges from data', 'simplify', 'quantize-static'],
  ['8-bit weights', 'simplify', 'quantize-weights bits=8 blockSize=0 symmetric=true'],
  ['4-bit weights', 'simplify', 'quantize-weights'],
  ['half of the weights zero', 'prune-weights amount=0.5'],
  ['2:4, SparseGPT', 'prune-weights pattern=2:4 method=sparsegpt'],
  ['half of the MACs removed', 'prune-channels'],
  ['half removed, fine-tuned', 'prune-channels', 'fine-tune steps=600'],
  [
    'half removed, fine-tuned, integer arithmetic, ranges from data',
    'prune-channels',
    'fine-tune steps=600',
    'quantize-static',
  ],
  ['4-bit weights, integer arithmetic, rounded', 'quantize-aware-training steps=1 learningRate=1e-9'],
  ['4-bit weights, integer arithmetic, trained', 'quantize-aware-training'],
];

interface Evaluated {
  readonly metrics: { readonly top1: { readonly value: number } };
}

const folder = mkdtempSync(join(tmpdir(), 'pareto-outside-'));
try {
  const original = runPareto<Evaluated>('evaluate', model, '--data', given.evaluation);
  const { macs } = runPareto<{ readonly macs: number }>('inspect', model, '--dim', `${given.batch}=1`);
  printTitledHead(
    `${basename(model, '.onnx')}: top-1 ${(original.metrics.top1.value * 100).toFixed(2)} %, ${macs} MACs`,
    'passes',
    { name: 'size', unit: 'of the original' },
    { name: 'MACs', unit: 'of the original' },
    'top-1',
    { name: 'difference (95 %)', unit: 'points' },
  );
  for (const [name, ...steps] of rows) {
    if (!name.includes(given.only)) continue;
    const files = {
      model,
      variant: join(folder, 'variant.onnx'),
      calibration: given.data,
      evaluation: given.evaluation,
    };
    const evaluated = evaluatePasses(wordsOf(steps), files, ['--dim', `${given.batch}=1`]);
    printRow(
      name,
      formatPercent(evaluated.sizeBytes.variant / evaluated.sizeBytes.reencoded),
      formatPercent((evaluated.macs ?? NaN) / macs),
      `${(evaluated.top1 * 100).toFixed(2)} %`,
      describeDifference(evaluated.difference),
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (given.write) await writeResults('outside-model');
