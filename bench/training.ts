/**
 * Accuracy that training restores, for several seeds: after 40 % of the MACs of an LSTM are removed, against roundings at 4-bit weights
 * and 8-bit activations, and of a student with and without the teacher. Variants are evaluated on all evaluation samples, paired with
 * the original.
 *
 *     npx tsx bench/training.ts [--only <words of a row>] [--seeds 3] [--steps 300]
 */
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { evaluatePasses } from './support/evaluate-passes';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { describeDifference, runPareto } from './support/run-pareto';

const { values: given } = parseArgs({
  options: {
    ...writeOption,
    only: { type: 'string', default: '' },
    seeds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '300' },
  },
});
const samples = fileURLToPath(new URL('../public/samples/', import.meta.url));
const data = { calibration: 'fashion-mnist-calibration.npz', evaluation: 'fashion-mnist-evaluation.npz' };

interface Row {
  readonly model: string;
  readonly name: string;
  /** Passes with their options. A training pass without a number of steps gets that of the command. */
  readonly passes: readonly string[];
  /** Trains the student that `studentPasses` makes of the model, with the model as teacher. */
  readonly isStudent?: true;
}

const studentPasses = ['--pass', 'prune-channels', '--set', 'remove=0.6', '--set', 'recover=none'];
const cut = 'prune-channels remove=0.4';
const rounded = 'quantize-static weightType=int4 closeness=0';
const pair = (model: string): readonly Row[] => [
  { model, name: 'W4A8, to nearest', passes: [rounded] },
  { model, name: 'W4A8, AdaRound', passes: [`${rounded} rounding=adaround`] },
  { model, name: 'W4A8, trained', passes: ['quantize-aware-training'] },
];
const student = (loss: string): Row => ({
  model: 'fashion-cnn',
  name: `student, target ${loss}`,
  passes: [`fine-tune loss=${loss}`],
  isStudent: true,
});
const rows: readonly Row[] = [
  { model: 'fashion-lstm', name: '40 % of MACs removed', passes: [cut] },
  { model: 'fashion-lstm', name: '40 % of MACs removed, trained', passes: [cut, 'fine-tune steps=1500'] },
  ...pair('fashion-cnn'),
  ...['teacher', 'both', 'labels'].map(student),
  ...pair('fashion-lstm'),
];

const trains = (pass: string): boolean => /^(fine-tune|quantize-aware)/.test(pass);

const folder = mkdtempSync(join(tmpdir(), 'pareto-training-'));
try {
  printHead('model', 'recipe', 'seed', { name: 'top-1 against the original (95 %)', unit: 'points' });
  for (const row of rows) {
    if (!`${row.model} ${row.name}`.includes(given.only)) continue;
    const seeds = row.passes.some(trains) ? Number(given.seeds) : 1;
    for (let seed = 0; seed < seeds; seed++) printRow(row.model, row.name, String(seed), differenceOf(row, seed));
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (given.write) await writeResults('training');

function differenceOf({ model, passes, isStudent }: Row, seed: number): string {
  const words = passes.flatMap((pass) => {
    const [id = '', ...options] = [
      ...pass.split(' '),
      ...(trains(pass) && !pass.includes('steps=') ? [`steps=${given.steps}`] : []),
    ];
    return ['--pass', id, ...options.flatMap((option) => ['--set', option])];
  });
  const [path, calibration, evaluation] = [`${model}.onnx`, data.calibration, data.evaluation].map((name) =>
    join(samples, name),
  ) as [string, string, string];
  const start = join(folder, 'student.onnx');
  if (isStudent && !existsSync(start))
    runPareto('optimize', path, '-o', start, ...studentPasses, '--data', calibration);
  // Labels alone need no teacher: the student itself is changed.
  const isAlone = isStudent && passes.some((pass) => pass.includes('loss=labels'));
  const recipe = [...words, '--seed', String(seed), ...(isStudent && !isAlone ? ['--student', start] : [])];
  const files = {
    model: isAlone ? start : path,
    against: path,
    variant: join(folder, 'variant.onnx'),
    calibration,
    evaluation,
  };
  return describeDifference(evaluatePasses(recipe, files).difference);
}
