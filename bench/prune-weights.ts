/**
 * Accuracy and compressed size of models with sparse weights. Zeros are chosen on the calibration samples. Variants are evaluated on all
 * evaluation samples, paired with the original.
 *
 *     npx tsx bench/prune-weights.ts [--only <words of a row>] [--model fashion-cnn]
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { gzipSync } from 'node:zlib';
import { formatPercent } from '../src/engine/format';
import { evaluatePasses } from './support/evaluate-passes';
import { describeDifference } from './support/run-pareto';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values: given } = parseArgs({
  options: { ...writeOption, only: { type: 'string', default: '' }, model: { type: 'string', multiple: true } },
});
const samples = fileURLToPath(new URL('../public/samples/', import.meta.url));

const rows: readonly (readonly [name: string, options: string])[] = [
  ['30 %, magnitude', 'amount=0.3'],
  ['30 %, SparseGPT', 'amount=0.3 method=sparsegpt'],
  ['50 %, magnitude', 'amount=0.5'],
  ['50 %, magnitude, all weights together', 'amount=0.5 scope=global'],
  ['50 %, SparseGPT', 'amount=0.5 method=sparsegpt'],
  ['2 of 4, magnitude', 'pattern=2:4'],
  ['2 of 4, SparseGPT', 'pattern=2:4 method=sparsegpt'],
  ['4 of 8, SparseGPT', 'pattern=4:8 method=sparsegpt'],
];

const gzipBytes = (path: string): number => gzipSync(readFileSync(path)).byteLength;

const folder = mkdtempSync(join(tmpdir(), 'pareto-zeros-'));
try {
  printHead(
    'model',
    'zeros',
    { name: 'size after gzip', unit: 'of the original' },
    { name: 'top-1 against float32 (95 %)', unit: 'points' },
  );
  for (const name of given.model ?? ['fashion-cnn', 'fashion-transformer']) {
    const model = join(samples, `${name}.onnx`);
    for (const [row, options] of rows) {
      if (!row.includes(given.only)) continue;
      const variant = join(folder, 'variant.onnx');
      const sets = options.split(' ').flatMap((option) => ['--set', option]);
      const { difference } = evaluatePasses(['--pass', 'prune-weights', ...sets], {
        model,
        variant,
        calibration: join(samples, 'fashion-mnist-calibration.npz'),
        evaluation: join(samples, 'fashion-mnist-evaluation.npz'),
      });
      const share = formatPercent(gzipBytes(variant) / gzipBytes(model));
      printRow(name, row, share, describeDifference(difference));
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (given.write) await writeResults('prune-weights');
