/**
 * Measures the costs of opening a large model: `npx tsx --expose-gc bench/open-large-model.ts [megabytes] [layers]`.
 * Prints the time and memory of decoding, checking, inspecting and encoding (without writing), and how much of the file
 * was read. "Resident" is the growth of the process, including garbage. "Kept" is the memory in use after a collection.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inspect } from '../src/engine/analysis/inspect';
import { checkModel } from '../src/engine/onnx/check';
import { decodeModel } from '../src/engine/onnx/codec/decode';
import { encodeModel } from '../src/engine/onnx/codec/encode';
import { weights } from '../src/engine/onnx/weights';
import { FileSource } from '../src/runtime/node/file-source';
import { CountingSource, writeLargeModel } from '../src/runtime/testing/large-model';

const megabyte = 2 ** 20;
const [megabytes = 1024, layers = 256] = process.argv.slice(2).map(Number);
const inMegabytes = (bytes: number): string => `${(bytes / megabyte).toFixed(1).padStart(7)} MB`;
const folder = mkdtempSync(path.join(tmpdir(), 'pareto-bench-'));

try {
  const file = path.join(folder, 'large.onnx');
  const sizeBytes = writeLargeModel(file, megabytes * megabyte, layers);
  const source = FileSource.open(file);
  const counting = new CountingSource(source);
  const residentBefore = process.memoryUsage().rss;
  const keptBefore = keptBytes();
  const timed = <T>(step: string, run: () => T): T => {
    const started = performance.now();
    const result = run();
    const ms = performance.now() - started;
    const residentBytes = process.memoryUsage().rss - residentBefore;
    console.log(
      `${step.padEnd(8)} ${ms.toFixed(0).padStart(6)} ms   ` +
        `${inMegabytes(residentBytes)} resident ${inMegabytes(keptBytes() - keptBefore)} kept   ` +
        `${counting.counts.reads} reads, ${(counting.counts.bytes / megabyte).toFixed(1)} MB`,
    );
    return result;
  };
  console.log(`${(sizeBytes / megabyte).toFixed(0)} MB, ${layers} weights, Node ${process.version}`);
  const model = timed('decode', () => decodeModel(counting));
  timed('check', () => checkModel(model));
  timed('weights', () => weights(model));
  timed('inspect', () => inspect(model, { name: 'large.onnx', sizeBytes, sha256: '' }));
  timed('encode', () => encodeModel(model));
  source.close();
} finally {
  rmSync(folder, { recursive: true });
}

function keptBytes(): number {
  if (!globalThis.gc) throw new Error('Run this with --expose-gc.');
  globalThis.gc();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
