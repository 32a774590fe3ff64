/**
 * How fast the quantizers are, next to ONNX Runtime's Python tools on the same file. Both as whole processes (start,
 * load, quantize, save), in turn, several times; the figure is the median. Pareto is the command as people run it,
 * which also computes the SHA-256 of both files. It reports the CPU time too, which is more reliable on a busy machine.
 *
 *     npx tsx bench/quantize-speed.ts [--python <python with onnxruntime>] [--runs 3] [--layers 12] [--folder <for files>]
 *         [--job 'weights in 4 bits']…
 *
 * Without --python only Pareto is measured. The model (399 MB at 12 layers) is written to the folder once.
 */
import { existsSync, mkdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { median } from '../src/engine/metrics/quantile';
import { encodeModel } from '../src/engine/onnx/codec/encode';
import { benchmarkSize, createTransformer } from './support/transformer-model';
import { runProcess, writeParts, type ProcessUse } from './support/whole-process';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';

const { values } = parseArgs({
  options: {
    ...writeOption,
    python: { type: 'string' },
    runs: { type: 'string', default: '3' },
    layers: { type: 'string', default: String(benchmarkSize.layers) },
    folder: { type: 'string', default: join(tmpdir(), 'pareto-bench') },
    job: { type: 'string', multiple: true },
  },
});

interface Job {
  readonly name: string;
  readonly pass: string;
  readonly options: readonly string[];
  /** The name of the job in tools/bench/quantize_ort.py. */
  readonly tool: string;
}

const jobs: readonly Job[] = [
  { name: 'dynamic, per tensor', pass: 'quantize-dynamic', options: ['perChannel=false'], tool: 'per-tensor' },
  { name: 'dynamic, per channel', pass: 'quantize-dynamic', options: ['perChannel=true'], tool: 'per-channel' },
  {
    name: 'weights in 8 bits, per channel',
    pass: 'quantize-weights',
    options: ['method=rtn', 'bits=8', 'blockSize=0', 'symmetric=true'],
    tool: 'per-channel',
  },
  { name: 'weights in 4 bits', pass: 'quantize-weights', options: ['method=rtn'], tool: '4-bit' },
  {
    name: 'weights in 4 bits, MatMulNBits',
    pass: 'quantize-weights',
    options: ['method=rtn', 'form=matmul-nbits'],
    tool: '4-bit',
  },
  { name: 'float16', pass: 'convert-float16', options: [], tool: 'float16' },
  { name: 'weights in 4 bits, k-quant', pass: 'quantize-weights', options: ['method=k-quant'], tool: 'k-quant' },
];

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

interface Times extends Omit<ProcessUse, 'stdout'> {
  /** From the decoded model to the written file, hashed; for the tool from the file, without start and imports. */
  readonly jobMs: number;
}

function measure(command: string, args: readonly string[]): Times {
  const { stdout, ...use } = runProcess(command, args);
  const { ms, jobMs = NaN } = JSON.parse(stdout.trim().split('\n').pop()!) as { ms?: number; jobMs?: number };
  return { ...use, jobMs: ms ?? jobMs };
}

function report(label: string, weightBytes: number, pareto: readonly Times[], tool: readonly Times[]): void {
  const middle = (times: readonly Times[], key: keyof Times): number => median(times.map((entry) => entry[key]));
  const cellsOf = (times: readonly Times[]): readonly string[] =>
    times.length === 0
      ? ['–', '–', '–']
      : [
          (middle(times, 'processorMs') / 1000).toFixed(2),
          (middle(times, 'peakBytes') / 1e6).toFixed(0),
          (middle(times, 'jobMs') / 1000).toFixed(2),
        ];
  const ratio =
    tool.length === 0 ? '–' : `${(middle(tool, 'processorMs') / middle(pareto, 'processorMs')).toFixed(2)}×`;
  const throughput = (weightBytes / middle(pareto, 'jobMs') / 1e6).toFixed(2);
  printRow(label, ...cellsOf(pareto), throughput, ...cellsOf(tool), ratio);
}

mkdirSync(values.folder, { recursive: true });
const layers = Number(values.layers);
const input = join(values.folder, `transformer-${layers}.onnx`);
if (!existsSync(input)) writeParts(input, encodeModel(createTransformer({ ...benchmarkSize, layers })));
const weightBytes = layers * 12 * benchmarkSize.width ** 2 * 4;
const chosen = jobs.filter((job) => values.job?.includes(job.name) ?? true);
printHead(
  'job',
  { name: 'CPU time', unit: 's' },
  { name: 'peak memory', unit: 'MB' },
  { name: 'without start', unit: 's' },
  { name: 'weights', unit: 'GB/s' },
  { name: 'CPU time of the tool', unit: 's' },
  { name: 'peak memory of the tool', unit: 'MB' },
  { name: 'tool without start', unit: 's' },
  'tool ÷ Pareto',
);
for (const { name, pass, options, tool: peer } of chosen) {
  const pareto: Times[] = [];
  const tool: Times[] = [];
  const output = join(values.folder, 'quantized.onnx');
  for (let run = 0; run < Number(values.runs); run++) {
    const sets = options.flatMap((option) => ['--set', option]);
    const command = [pathOf('../cli/pareto.mjs'), 'optimize', input, '-o', output, '--pass', pass, ...sets, '--json'];
    pareto.push(measure(process.execPath, command));
    if (!values.python) continue;
    tool.push(measure(values.python, [pathOf('../tools/bench/quantize_ort.py'), input, output, peer]));
  }
  report(name, weightBytes, pareto, tool);
}
if (values.write) await writeResults('quantizer-speed');
