/**
 * The measurements of `benchmark` on one model alone: throughput over batch sizes and threads, a trace, memory and cold
 * start.
 */
import { availableParallelism } from 'node:os';
import { inspect } from '../src/engine/analysis/inspect';
import { withSuggestedDimensions } from '../src/engine/data/free-dimensions';
import { formatBytes, formatCount, formatDuration } from '../src/engine/format';
import { budgets } from '../src/runtime/benchmark/budget';
import { downloadTimeMs } from '../src/engine/profiling/cold-start';
import { wasmRuntimeBytes, type CompressedBytes } from '../src/engine/profiling/page-download';
import { describeSustained, type SustainedRun } from '../src/engine/profiling/sustained';
import { formatRate } from '../src/engine/serving/describe-serving';
import { measureMemory, traceRuns } from '../src/runtime/benchmark/memory';
import { measureRoofline, type MeasuredRoofline } from '../src/runtime/benchmark/measure-roofline';
import { measureSustained } from '../src/runtime/benchmark/measure-sustained';
import { kneeOf, measureSweep, type SweepPoint } from '../src/runtime/benchmark/sweep';
import { createNodeHost } from '../src/runtime/node/node-host';
import { PathSource } from '../src/runtime/node/path-source';
import { transferBytes } from '../src/runtime/node/transfer-bytes';
import { defaultThreads } from '../src/runtime/session/default-threads';
import { traceDocument } from '../src/runtime/session/trace-events';
import type { BenchmarkOptions } from './options/benchmark-options';
import type { Invocation } from './command';
import { describeRoofline } from './describe-nodes';
import { filesOfModel, readModelFiles, type FoundModel } from './model-on-disk';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import { openInputUnhashed } from './open-input';
import type { OutputFile } from './output-file';
import { formatTable } from './table';

export interface Footprint {
  readonly memory: {
    /** Bytes of weights by element type. */
    readonly parameters: Readonly<Record<string, number>>;
    /** Static estimate for the sizes that are fed; `null` while one is open. */
    readonly activationsPeakBytes: number | null;
    /** Growth of the runtime's heap by loading and running the model. */
    readonly heapGrowthBytes: number | null;
    /** The runtime's whole heap after the runs. It never shrinks, so this is its peak. */
    readonly heapBytes: number | null;
  };
  readonly coldStart: {
    /** The model's files. */
    readonly bytes: CompressedBytes;
    /** The files of onnxruntime-web that a page downloads for WASM. */
    readonly runtimeBytes: CompressedBytes;
    /** Computed download times of both, plain and compressed, at a speed in 10⁶ bits a second. */
    readonly network: {
      readonly mbps: number;
      readonly downloadMs: number;
      readonly gzipDownloadMs: number;
      readonly brotliDownloadMs: number;
    };
    readonly createMs: number;
    readonly firstRunMs: number;
  };
}

export interface MeasuredAlone extends Partial<Footprint>, Partial<Pick<MeasuredRoofline, 'roofline' | 'bottleneck'>> {
  readonly sweep?: readonly SweepPoint[];
  readonly sustained?: SustainedRun;
}

export async function measureAlone(
  invocation: Invocation,
  {
    sweep,
    trace,
    memory,
    roofline,
    sustainedS,
    ...options
  }: Omit<BenchmarkOptions, 'trace'> & { readonly trace: OutputFile | undefined },
  model: FoundModel,
): Promise<MeasuredAlone> {
  if (sweep.length === 0 && trace === undefined && !memory && !roofline && sustainedS === undefined) return {};
  const { signal, terminal } = invocation;
  const threads = options.threads ?? defaultThreads(availableParallelism(), true);
  const { freeDimensions, seed } = options;
  const longestMs = budgets[options.budget].cellMs;
  const files = await readModelFiles(model);
  const request = { files, ep: 'wasm' as const, threads, freeDimensions, seed, longestMs };
  const measured: { -readonly [Key in keyof MeasuredAlone]: MeasuredAlone[Key] } = {};
  if (sweep.length > 0) {
    const { points, notes } = await measureSweep(signal, createNodeHost(), request, sweep, ({ stage }) =>
      terminal.progress(stage),
    );
    measured.sweep = points;
    for (const note of notes) terminal.warn(note);
  }
  if (trace !== undefined) {
    terminal.progress('Tracing');
    const events = await traceRuns(signal, createNodeHost(), request);
    trace.write(Buffer.from(traceDocument(events, model.name)));
    trace.commit();
  }
  if (memory) {
    terminal.progress('Measuring memory and cold start');
    Object.assign(measured, await footprint(invocation, request, model, options.networkMbps));
  }
  if (roofline) {
    const found = await measureRoofline(signal, createNodeHost(), request, ({ stage }) => terminal.progress(stage));
    Object.assign(measured, { roofline: found.roofline, bottleneck: found.bottleneck });
  }
  if (sustainedS !== undefined) {
    const asked = { ...request, durationMs: sustainedS * 1000 };
    measured.sustained = await measureSustained(signal, createNodeHost(), asked, ({ stage }) =>
      terminal.progress(stage),
    );
  }
  return measured;
}

async function footprint(
  invocation: Invocation,
  request: Parameters<typeof measureMemory>[2],
  found: FoundModel,
  mbps: number,
): Promise<Footprint> {
  const { signal } = invocation;
  const { model, inspection: opened } = openInputUnhashed(found.path, invocation);
  const dimensions = withSuggestedDimensions(opened.inputs, request.freeDimensions);
  const inspection = inspect(model, opened.file, { dimensions });
  const { heapGrowthBytes, heapBytes, createMs, firstRunMs } = await measureMemory(signal, createNodeHost(), request);
  const paths = filesOfModel(found);
  const files = { paths, sources: paths.map((file) => PathSource.of(file)) };
  const { plain, gzip, brotli } = await transferBytes(files, 'gzip and brotli', createRecipeHost(signal));
  const sizes = { plain, gzip: gzip ?? 0, brotli: brotli ?? 0 };
  const timeOf = (key: keyof typeof sizes) => downloadTimeMs(sizes[key] + wasmRuntimeBytes[key], mbps);
  return {
    memory: {
      parameters: Object.fromEntries(inspection.precision.map(({ dtype, bytes }) => [dtype, bytes])),
      activationsPeakBytes: inspection.peakActivationBytes,
      heapGrowthBytes,
      heapBytes,
    },
    coldStart: {
      bytes: sizes,
      runtimeBytes: wasmRuntimeBytes,
      network: {
        mbps,
        downloadMs: timeOf('plain'),
        gzipDownloadMs: timeOf('gzip'),
        brotliDownloadMs: timeOf('brotli'),
      },
      createMs,
      firstRunMs,
    },
  };
}

/** Sections of the text. */
export function describeAlone(measured: MeasuredAlone): readonly string[] {
  const { sweep, memory, coldStart, roofline, bottleneck = null, sustained } = measured;
  return [
    ...(['batch', 'threads'] as const).map((axis) => describeSweep((sweep ?? []).filter((one) => one.axis === axis))),
    ...(memory ? [describeMemory(memory)] : []),
    ...(coldStart ? [describeColdStart(coldStart)] : []),
    ...(roofline ? [describeRoofline(roofline, bottleneck)] : []),
    ...(sustained ? [describeSustained(sustained)] : []),
  ].filter((section) => section !== '');
}

function describeSweep(points: readonly SweepPoint[]): string {
  const knee = kneeOf(points);
  if (knee === undefined) return '';
  const rows = points.map(({ value, samplesPerSecond, interval, medianMs }) => [
    formatCount(value),
    formatDuration(medianMs),
    formatRate(samplesPerSecond),
    interval.map(formatRate).join(' to '),
  ]);
  const table = formatTable(
    [[knee.axis, 'time per run', 'samples/s', '95 %'], ...rows],
    ['right', 'right', 'right', 'right'],
  );
  if (points.length === 1) return table;
  const isLast = points.every(({ value }) => value <= knee.value);
  return isLast
    ? `${table}\nEach doubling up to ${knee.axis} ${knee.value} gained at least 5 %.`
    : `${table}\nDoubling beyond ${knee.axis} ${knee.value} gains less than 5 %.`;
}

function describeMemory({ parameters, activationsPeakBytes, heapGrowthBytes }: Footprint['memory']): string {
  const weights = Object.entries(parameters).map(([dtype, bytes]) => `${dtype} ${formatBytes(bytes)}`);
  const peak = activationsPeakBytes === null ? 'unknown' : formatBytes(activationsPeakBytes);
  const heap = heapGrowthBytes === null ? 'not observed' : `grew by ${formatBytes(heapGrowthBytes)}`;
  return `Memory: weights ${weights.join(', ')}; activations at most ${peak} (estimate); heap of the runtime ${heap} beyond its first 16.8 MB.`;
}

function describeColdStart({ bytes, runtimeBytes, network, createMs, firstRunMs }: Footprint['coldStart']): string {
  const sums = (['plain', 'gzip', 'brotli'] as const).map((key) => formatBytes(bytes[key] + runtimeBytes[key]));
  const parts = `model ${formatBytes(bytes.gzip)} + runtime ${formatBytes(runtimeBytes.gzip)}`;
  return [
    `Cold start: ${sums[1]} to download after gzip (${parts}; ${sums[0]} plain, ${sums[2]} brotli),`,
    `which takes ${formatDuration(network.gzipDownloadMs)} at ${network.mbps} Mbit/s (computed),`,
    `${formatDuration(createMs)} to create the session, ${formatDuration(firstRunMs)} for the first run.`,
  ].join(' ');
}
