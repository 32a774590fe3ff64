/**
 * The measurements of `benchmark` on one model alone: a sweep over the values of a setting, a trace, memory, cold start,
 * the roofline and a sustained run.
 */
import { inspect } from '../../src/engine/analysis/inspect';
import { withSuggestedDimensions } from '../../src/engine/data/free-dimensions';
import {
  formatBytes,
  formatCount,
  formatCounted,
  formatDuration,
  formatList,
  formatRate,
} from '../../src/engine/format';
import { budgets } from '../../src/runtime/benchmark/budget';
import { downloadTimeMs } from '../../src/engine/profiling/cold-start';
import { wasmRuntimeBytes, type CompressedBytes } from '../../src/engine/profiling/page-download';
import { describeSustained, type SustainedRun } from '../../src/engine/profiling/sustained';
import { describeSweep, fewestSweepSamples, type SweepAxis, type SweepPoint } from '../../src/engine/profiling/sweep';
import type { Progress } from '../../src/engine/progress';
import { measureMemory, traceRuns } from '../../src/runtime/benchmark/memory';
import { measureRoofline, type MeasuredRoofline } from '../../src/runtime/benchmark/measure-roofline';
import { measureSustained } from '../../src/runtime/benchmark/measure-sustained';
import type { SoloRequest } from '../../src/runtime/benchmark/solo-session';
import { measureSweep } from '../../src/runtime/benchmark/sweep';
import type { SweepProgress } from '../../src/runtime/jobs/benchmark-calls';
import { defaultNodeThreads } from '../../src/runtime/node/node-device';
import { createNodeHost } from '../../src/runtime/node/node-host';
import { PathSource } from '../../src/runtime/node/path-source';
import { transferBytes } from '../../src/runtime/node/transfer-bytes';
import { traceDocument } from '../../src/runtime/session/trace-events';
import type { BenchmarkOptions } from '../options/benchmark-options';
import type { Shell } from '../command';
import { describeRoofline } from '../words/describe-nodes';
import { filesOfModel, type FoundModel } from '../files/model-on-disk';
import { createRecipeHost } from '../../src/runtime/node/recipe-host';
import { readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import { openInputUnhashed } from '../files/open-input';
import { measureWithin, type TimedPart } from './measure-within';
import type { OutputFile } from '../files/output-file';
import { formatTable } from '../words/table';

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
  /** The options that were not measured, or only in part, because the budget was over. */
  readonly notMeasured?: readonly string[];
}

interface AloneOptions extends Omit<BenchmarkOptions, 'trace'> {
  readonly trace: OutputFile | undefined;
}

type AlonePart = TimedPart<Partial<MeasuredAlone>>;

/**
 * Measures what the options ask for. The budget bounds all parts together. A warning and `notMeasured` name the figures
 * that it left no time for. A sustained run has its own duration.
 */
export async function measureAlone(shell: Shell, options: AloneOptions, model: FoundModel): Promise<MeasuredAlone> {
  const { sweep: axes, trace, memory, roofline, sustainedS } = options;
  if (axes.length === 0 && trace === undefined && !memory && !roofline && sustainedS === undefined) return {};
  const { signal, terminal } = shell;
  const { dimensions: freeDimensions = {}, seed = 0, threads = defaultNodeThreads(), budget } = options.request;
  const files = await readModelFiles(model);
  const request = { files, ep: 'wasm' as const, threads, freeDimensions, seed };
  const parts = [
    ...axes.map((axis) => sweepPart(shell, options, { ...request, axis, model })),
    ...(trace === undefined ? [] : [tracePart(shell, trace, request, model)]),
    ...(memory ? [memoryPart(shell, request, model, options.networkMbps)] : []),
    ...(roofline ? [rooflinePart(shell, request)] : []),
  ];
  const partMs = budgets[budget].cellMs;
  const { found, notMeasured } = await measureWithin(signal, parts, partMs);
  if (notMeasured.length > 0) {
    terminal.warn(
      `Not measured, because the time of --budget ${budget} was over: ${formatList(notMeasured)}. Choose a longer budget.`,
    );
  }
  const sweep = found.flatMap((one) => one.sweep ?? []);
  const measured: MeasuredAlone = {
    ...Object.assign({}, ...found),
    ...(sweep.length > 0 && { sweep }),
    ...(notMeasured.length > 0 && { notMeasured }),
  };
  if (sustainedS === undefined) return measured;
  const asked = { ...request, durationMs: sustainedS * 1000 };
  const sustained = await measureSustained(signal, createNodeHost(), asked, ({ stage }) => terminal.progress(stage));
  return { ...measured, sustained };
}

type RequestOfAll = Omit<SoloRequest, 'longestMs'>;

function sweepPart(
  { terminal }: Shell,
  { browser, request: { eps } }: AloneOptions,
  { axis, model, ...request }: RequestOfAll & { readonly axis: SweepAxis; readonly model: FoundModel },
): AlonePart {
  const points: SweepPoint[] = [];
  const partial = () => ({ sweep: points });
  return {
    async measure(signal, longestMs) {
      const asked = { ...request, longestMs };
      const report = ({ stage }: Progress) => terminal.progress(stage);
      const add = (point: SweepPoint) => void points.push(point);
      if (browser) {
        const { sweepInBrowser } = await import('../../src/runtime/node/benchmark-in-browser');
        const follow = (progress: SweepProgress) => ('kind' in progress ? add(progress.point) : report(progress));
        const found = await sweepInBrowser(signal, { ...asked, ep: eps[0]! }, model, axis, follow);
        points.splice(0, points.length, ...found.points);
        for (const note of found.notes) terminal.warn(note);
        return partial();
      }
      const { points: all, notes } = await measureSweep(signal, createNodeHost(), asked, axis, report, add);
      points.splice(0, points.length, ...all);
      for (const note of notes) terminal.warn(note);
      return partial();
    },
    missing() {
      const missing = axis.values.filter((value) => points.every((point) => point.value !== value));
      return `--sweep ${axis.axis}=${missing.join(',')}`;
    },
    partial,
  };
}

function tracePart({ terminal }: Shell, trace: OutputFile, request: RequestOfAll, { name }: FoundModel): AlonePart {
  return {
    missing: () => '--trace',
    async measure(signal, longestMs) {
      terminal.progress('Tracing');
      const events = await traceRuns(signal, createNodeHost(), { ...request, longestMs });
      trace.write(Buffer.from(traceDocument(events, name)));
      trace.commit();
      return {};
    },
  };
}

function memoryPart(shell: Shell, request: RequestOfAll, model: FoundModel, mbps: number): AlonePart {
  const found: Partial<Footprint> = {};
  return {
    missing: () => (found.memory === undefined ? '--memory' : 'the cold start of --memory'),
    async measure(signal, longestMs) {
      const { memory, createMs, firstRunMs } = await memoryOf({ ...shell, signal }, { ...request, longestMs }, model);
      Object.assign(found, { memory });
      shell.terminal.progress('Compressing the model');
      return { memory, coldStart: { ...(await downloadsOf(signal, model, mbps)), createMs, firstRunMs } };
    },
    partial: () => found,
  };
}

function rooflinePart({ terminal }: Shell, request: RequestOfAll): AlonePart {
  return {
    missing: () => '--roofline',
    async measure(signal, longestMs) {
      const { roofline, bottleneck } = await measureRoofline(
        signal,
        createNodeHost(),
        { ...request, longestMs },
        ({ stage }) => terminal.progress(stage),
      );
      return { roofline, bottleneck };
    },
  };
}

async function memoryOf(shell: Shell, request: SoloRequest, found: FoundModel) {
  const { signal, terminal } = shell;
  terminal.progress('Measuring memory');
  const { model, inspection: opened } = openInputUnhashed(found.path, shell);
  const dimensions = withSuggestedDimensions(opened.inputs, request.freeDimensions);
  const inspection = inspect(model, opened.file, { dimensions });
  const { heapGrowthBytes, heapBytes, createMs, firstRunMs } = await measureMemory(signal, createNodeHost(), request);
  return {
    memory: {
      parameters: Object.fromEntries(inspection.precision.map(({ dtype, bytes }) => [dtype, bytes])),
      activationsPeakBytes: inspection.peakActivationBytes,
      heapGrowthBytes,
      heapBytes,
    },
    createMs,
    firstRunMs,
  };
}

async function downloadsOf(signal: AbortSignal, found: FoundModel, mbps: number) {
  const paths = filesOfModel(found);
  const files = { paths, sources: paths.map((file) => PathSource.of(file)) };
  const { plain, gzip, brotli } = await transferBytes(files, 'gzip and brotli', createRecipeHost(signal));
  const sizes = { plain, gzip: gzip ?? 0, brotli: brotli ?? 0 };
  const timeOf = (key: keyof typeof sizes) => downloadTimeMs(sizes[key] + wasmRuntimeBytes[key], mbps);
  return {
    bytes: sizes,
    runtimeBytes: wasmRuntimeBytes,
    network: {
      mbps,
      downloadMs: timeOf('plain'),
      gzipDownloadMs: timeOf('gzip'),
      brotliDownloadMs: timeOf('brotli'),
    },
  };
}

/** Sections of the text. */
export function describeAlone(measured: MeasuredAlone): readonly string[] {
  const { sweep, memory, coldStart, roofline, bottleneck = null, sustained } = measured;
  const axes = [...new Set((sweep ?? []).map(({ axis }) => axis))];
  return [
    ...axes.map((axis) => describeAxis((sweep ?? []).filter((one) => one.axis === axis))),
    ...(memory ? [describeMemory(memory)] : []),
    ...(coldStart ? [describeColdStart(coldStart)] : []),
    ...(roofline ? [describeRoofline(roofline, bottleneck)] : []),
    ...(sustained ? [describeSustained(sustained)] : []),
  ].filter((section) => section !== '');
}

function describeAxis(points: readonly SweepPoint[]): string {
  const rows = points.map(({ value, samplesPerSecond, interval, medianMs, samples }) => [
    typeof value === 'number' ? formatCount(value) : value,
    formatDuration(medianMs),
    formatRate(samplesPerSecond),
    samples < fewestSweepSamples ? formatCounted(samples, 'run') : interval.map(formatRate).join(' to '),
  ]);
  const table = formatTable(
    [[points[0]!.axis, 'time per run', 'samples/s', '95 %'], ...rows],
    ['right', 'right', 'right', 'right'],
  );
  const claim = describeSweep(points);
  return claim === '' ? table : `${table}\n${claim}`;
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
