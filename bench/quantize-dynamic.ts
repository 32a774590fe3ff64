/**
 * How fast quantize-dynamic is, next to ONNX Runtime's Python tool on the same file. Both as whole processes (start,
 * load, quantize, save), in turn, several times; the figure is the median. Pareto is the command as people run it, which
 * also computes the SHA-256 of both files.
 *
 *     npx tsx bench/quantize-dynamic.ts [--python <python with onnxruntime>] [--runs 3] [--layers 12] [--folder <for files>]
 *
 * Without --python only Pareto is measured. The model (399 MB at 12 layers) is written to the folder once.
 */
import { spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../src/engine/metrics/quantile';
import { encodeModel } from '../src/engine/onnx/codec/encode';
import { benchmarkSize, createTransformer } from './transformer-model';

const { values } = parseArgs({
  options: {
    python: { type: 'string' },
    runs: { type: 'string', default: '3' },
    layers: { type: 'string', default: String(benchmarkSize.layers) },
    folder: { type: 'string', default: join(tmpdir(), 'pareto-bench') },
  },
});

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

interface Times {
  readonly wholeMs: number;
  /** From the decoded model to the written file, hashed; for the tool from the file, without start and imports. */
  readonly jobMs: number;
}

function writeModel(path: string, layers: number): void {
  const file = openSync(path, 'w');
  for (const part of encodeModel(createTransformer({ ...benchmarkSize, layers })).parts) {
    writeSync(file, part instanceof Uint8Array ? part : part.read());
  }
  closeSync(file);
}

function runProcess(command: string, args: readonly string[]): Times {
  const start = performance.now();
  const result = spawnSync(command, args, { encoding: 'utf8' });
  const wholeMs = performance.now() - start;
  if (result.status !== 0) throw new Error(`${command} ${args.join(' ')} failed: ${result.stderr}`);
  const { ms, jobMs = NaN } = JSON.parse(result.stdout.trim().split('\n').pop()!) as { ms?: number; jobMs?: number };
  return { wholeMs, jobMs: ms ?? jobMs };
}

function report(label: string, weightBytes: number, pareto: readonly Times[], tool: readonly Times[]): void {
  const middle = (times: readonly Times[], key: keyof Times): number => median(times.map((entry) => entry[key]));
  const jobMs = middle(pareto, 'jobMs');
  const line = [
    `${label}: quantized, hashed and written in ${jobMs.toFixed(0)} ms, ${(weightBytes / jobMs / 1e6).toFixed(2)} GB/s of weights on one core`,
    `whole process ${middle(pareto, 'wholeMs').toFixed(0)} ms`,
  ];
  if (tool.length > 0) {
    line.push(
      `ONNX Runtime's tool ${middle(tool, 'wholeMs').toFixed(0)} ms (${middle(tool, 'jobMs').toFixed(0)} ms without imports)`,
      `${(middle(tool, 'wholeMs') / middle(pareto, 'wholeMs')).toFixed(2)} times faster as a whole process`,
    );
  }
  console.log(line.join('; '));
}

mkdirSync(values.folder, { recursive: true });
const layers = Number(values.layers);
const input = join(values.folder, `transformer-${layers}.onnx`);
if (!existsSync(input)) writeModel(input, layers);
const weightBytes = layers * 12 * benchmarkSize.width ** 2 * 4;
for (const variant of ['per-tensor', 'per-channel']) {
  const pareto: Times[] = [];
  const tool: Times[] = [];
  const output = join(values.folder, 'quantized.onnx');
  for (let run = 0; run < Number(values.runs); run++) {
    const options = ['--pass', 'quantize-dynamic', '--set', `perChannel=${variant === 'per-channel'}`, '--json'];
    pareto.push(
      runProcess(process.execPath, [pathOf('../cli/pareto.mjs'), 'optimize', input, '-o', output, ...options]),
    );
    if (!values.python) continue;
    tool.push(runProcess(values.python, [pathOf('../tools/bench/quantize_dynamic_ort.py'), input, output, variant]));
  }
  report(variant, weightBytes, pareto, tool);
}
