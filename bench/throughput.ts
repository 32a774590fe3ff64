/**
 * Throughput over batch sizes and threads, memory, cold start and parts of a trace, for each sample and for models that are named. Figures
 * are those of `benchmark --sweep --memory --trace`.
 *
 *     npx tsx bench/throughput.ts [--model <model.onnx>]… [--only <words of a name>] [--turns 3] [--keep <folder>]
 *
 * Each time is the least over all turns, because other work on the machine only adds time. The parts of the trace are
 * those of the first turn.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { parseArgs } from 'node:util';
import type { Footprint } from '../cli/measure/measure-alone';
import { formatBytes, formatDuration, formatNumber, formatPercent } from '../src/engine/format';
import { kneeOf, type SweepPoint } from '../src/engine/profiling/sweep';
import type { TraceEvent } from '../src/runtime/session/trace-events';
import { kept } from './support/kept';
import { printHead, printRow } from './support/print-table';
import { writeOption, writeResults } from './support/results';
import { runHere } from './support/run-here';
import { samples } from './support/samples';

const { values } = parseArgs({
  options: {
    ...writeOption,
    model: { type: 'string', multiple: true, default: [] },
    only: { type: 'string', default: '' },
    turns: { type: 'string', default: '3' },
    keep: { type: 'string' },
  },
});

const models = [...samples, ...values.model.map((path) => ({ id: basename(path, '.onnx'), path }))].filter(({ id }) =>
  id.includes(values.only),
);

const axes = {
  batch: [1, 2, 4, 8, 16],
  threads: [1, 2, 4, 8].filter((threads) => threads <= availableParallelism()),
} as const;

interface Turn extends Footprint {
  readonly sweep: readonly SweepPoint[];
  /** µs of the kernels of an operator, of each kernel the least over the runs of the trace. */
  readonly kernelUs: Readonly<Record<string, number>>;
}

function measureOnce({ id, path }: (typeof models)[number], turn: number): Promise<Turn> {
  return kept(values.keep, `${id}-${turn}`, async () => {
    const temporary = mkdtempSync(join(tmpdir(), 'pareto-bench-'));
    const trace = join(temporary, 'trace.json');
    const sweeps = Object.entries(axes).flatMap(([axis, list]) => ['--sweep', `${axis}=${list.join(',')}`]);
    try {
      const asked = ['--budget', 'quick', '--threads', '1', ...sweeps, '--memory', '--trace', trace, '--json'];
      const { text } = await runHere('benchmark', path, ...asked);
      const { traceEvents } = JSON.parse(readFileSync(trace, 'utf8')) as {
        readonly traceEvents: readonly TraceEvent[];
      };
      return { ...(JSON.parse(text) as Omit<Turn, 'kernelUs'>), kernelUs: kernelTimes(traceEvents) };
    } finally {
      rmSync(temporary, { recursive: true, force: true });
    }
  });
}

function kernelTimes(events: readonly TraceEvent[]): Readonly<Record<string, number>> {
  const least = new Map<string, { readonly op: string; readonly us: number }>();
  for (const { ph, name, dur, args } of events) {
    const op = args['op_name'];
    if (ph === 'X' && op !== undefined) least.set(name, { op, us: Math.min(dur, least.get(name)?.us ?? Infinity) });
  }
  const times = new Map<string, number>();
  for (const { op, us } of least.values()) times.set(op, (times.get(op) ?? 0) + us);
  return Object.fromEntries(times);
}

/** The least of each time; sizes are the same in each turn, and shares of kernels are of the first. */
function leastOf(turns: readonly Turn[]): Turn {
  const [first] = turns;
  const sweep = first!.sweep.map((point, index) =>
    turns
      .map((turn) => turn.sweep[index]!)
      .reduce((least, each) => (each.medianMs < least.medianMs ? each : least), point),
  );
  const least = (of: (turn: Turn) => number): number => Math.min(...turns.map(of));
  const coldStart = {
    ...first!.coldStart,
    createMs: least((turn) => turn.coldStart.createMs),
    firstRunMs: least((turn) => turn.coldStart.firstRunMs),
  };
  return { sweep, coldStart, memory: first!.memory, kernelUs: first!.kernelUs };
}

function tableOf(columns: readonly string[], cellsOf: (measured: Turn) => readonly string[]): void {
  printHead('model', ...columns);
  for (const [id, measured] of found) printRow(id, ...cellsOf(measured));
  console.log('');
}

/** `862/s` and `4: 1.18×`; the value alone if the first is the best. */
function describeKnee(points: readonly SweepPoint[]): readonly [string, string] {
  const [first] = points;
  const knee = kneeOf(points);
  if (first === undefined || knee === undefined) return ['–', '–'];
  const gain = knee.samplesPerSecond / first.samplesPerSecond;
  return [
    `${formatNumber(first.samplesPerSecond, 3)}/s`,
    knee.value === first.value ? `${knee.value}` : `${knee.value}: ${formatNumber(gain, 3)}×`,
  ];
}

const largestShares = 3;

function describeKernels({ kernelUs }: Turn): string {
  const all = Object.values(kernelUs).reduce((sum, us) => sum + us, 0);
  const sorted = Object.entries(kernelUs).toSorted(([, a], [, b]) => b - a);
  return sorted
    .slice(0, largestShares)
    .map(([op, us]) => `${op} ${formatPercent(us / all, 0)}`)
    .join(', ');
}

const found: (readonly [string, Turn])[] = [];
for (const model of models) {
  const turns: Turn[] = [];
  for (let turn = 0; turn < Number(values.turns); turn++) turns.push(await measureOnce(model, turn));
  found.push([model.id, leastOf(turns)]);
}
const ofAxis = ({ sweep }: Turn, wanted: SweepPoint['axis']) => sweep.filter(({ axis }) => axis === wanted);

tableOf(['one at a time', 'batch that pays', 'runs with 1 thread', 'threads that pay'], (measured) => [
  ...describeKnee(ofAxis(measured, 'batch')),
  ...describeKnee(ofAxis(measured, 'threads')),
]);
tableOf(
  ['weights', 'activations', 'heap', 'file', 'gzip', 'brotli', 'session', 'first run'],
  ({ memory, coldStart }) => [
    formatBytes(Object.values(memory.parameters).reduce((sum, bytes) => sum + bytes, 0)),
    memory.activationsPeakBytes === null ? '–' : formatBytes(memory.activationsPeakBytes),
    memory.heapGrowthBytes === null ? '–' : `+${formatBytes(memory.heapGrowthBytes)}`,
    ...(['plain', 'gzip', 'brotli'] as const).map((form) => formatBytes(coldStart.bytes[form])),
    formatDuration(coldStart.createMs),
    formatDuration(coldStart.firstRunMs),
  ],
);
tableOf(['kernels that take longest'], (measured) => [describeKernels(measured)]);
if (values.write) await writeResults('throughput');
// Workers that wait for another session would keep the process.
process.exit(0);
