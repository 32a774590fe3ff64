/**
 * Whether a model larger than memory for weights can be quantized: writes one of square products with its data beside it, runs
 * `pareto optimize` on it, and prints time and peak memory of the process.
 *
 *     npx tsx bench/quantize-large-model.ts [--megabytes 3072] [--width 4096] [--set method=rtn]… [--folder <for files>]
 *
 * A weight of 4096 × 4096 takes 64 MB. The files are removed in the end.
 */
import { mkdtempSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { formatBytes } from '../src/engine/format';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { bytesOf } from '../src/engine/onnx/byte-views';
import { encodeFiles } from '../src/engine/onnx/codec/encode-files';
import { DataType } from '../src/engine/onnx/data-type';
import { graph, model, node, valueInfo } from '../src/engine/onnx/testing/build';
import { createSeededRandom } from '../src/engine/seeded-random';
import { runProcess, writeParts } from './whole-process';

const { values } = parseArgs({
  options: {
    megabytes: { type: 'string', default: '3072' },
    width: { type: 'string', default: '4096' },
    set: { type: 'string', multiple: true, default: ['method=rtn'] },
    folder: { type: 'string', default: tmpdir() },
  },
});

/** A chain of products. All weights have the same numbers: only to make them would take longer than to quantize them. */
function createChain(width: number, layers: number) {
  const random = createSeededRandom(1);
  const numbers = Float32Array.from({ length: width * width }, () => (random.next() + random.next() - 1) * 0.05);
  const rawData = new MemorySource(bytesOf(numbers));
  const indices = Array.from({ length: layers }, (_, index) => index);
  return model(
    graph({
      inputs: [valueInfo('value.0', ['N', width])],
      outputs: [valueInfo(`value.${layers}`, ['N', width])],
      initializers: indices.map((index) => ({
        name: `weight.${index}`,
        dims: [BigInt(width), BigInt(width)],
        dataType: DataType.float32,
        rawData,
      })),
      nodes: indices.map((index) => node('MatMul', [`value.${index}`, `weight.${index}`], [`value.${index + 1}`])),
    }),
  );
}

const folder = mkdtempSync(join(values.folder, 'pareto-large-'));
try {
  const width = Number(values.width);
  const layers = Math.ceil((Number(values.megabytes) * 2 ** 20) / (width * width * 4));
  const input = join(folder, 'large.onnx');
  const files = encodeFiles(createChain(width, layers), { storage: 'external', dataFileName: 'large.onnx.data' });
  writeParts(input, files.model);
  writeParts(`${input}.data`, files.externalData!.data);
  const output = join(folder, 'made.onnx');
  const sets = values.set.flatMap((option) => ['--set', option]);
  const cli = fileURLToPath(new URL('../cli/pareto.mjs', import.meta.url));
  const command = [cli, 'optimize', input, '-o', output, '--pass', 'quantize-weights', ...sets, '--json'];
  const { wholeMs, processorMs, peakBytes } = runProcess(process.execPath, command);
  const weightBytes = layers * width * width * 4;
  console.log(
    `${formatBytes(weightBytes)} in ${layers} weights of ${formatBytes(width * width * 4)} → ` +
      `${formatBytes(statSync(output).size)}: ${(wholeMs / 1000).toFixed(1)} s, ${(processorMs / 1000).toFixed(1)} s of processor time, ` +
      `${formatBytes(peakBytes)} at most`,
  );
} finally {
  rmSync(folder, { recursive: true });
}
