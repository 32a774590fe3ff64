/** The results of a benchmark: one cell is one variant on one execution provider. See docs/design/measuring.md. */
import { formatCounted } from '../format';
import type { NodeTimes } from './node-time';

/** `compiled` is the model as a WebAssembly module without a runtime, `native` is ONNX Runtime outside of browsers, on the CPU. */
export const executionProviders = [
  'wasm',
  'compiled',
  'webgpu',
  'webnn-cpu',
  'webnn-gpu',
  'webnn-npu',
  'native',
] as const;
export type ExecutionProvider = (typeof executionProviders)[number];

/** The provider that the original runs on where it is compared: a compiled module replaces a runtime on WASM. */
export function baselineProvider(ep: ExecutionProvider): ExecutionProvider {
  return ep === 'compiled' ? 'wasm' : ep;
}

/** The id of the original among variants: in cells, evaluations and reports. */
export const originalId = 'original';

/** Says if this device offers an execution provider, and if not, why and what would provide it. */
export interface ProviderAvailability {
  readonly ep: ExecutionProvider;
  readonly available: boolean;
  /** Always a sentence: what is available, or why it is not and how to get it. */
  readonly reason: string;
}

/** The device a measurement was made on: part of the evidence of every number. */
export interface Device {
  readonly browser: string;
  readonly os: string;
  readonly cores: number;
  /** WASM threads that a session will use. */
  readonly threads: number;
  readonly crossOriginIsolated: boolean;
  /** True if threads can share memory. Absent: as `crossOriginIsolated`, which not every browser follows. */
  readonly sharesMemory?: boolean;
  readonly timerResolutionUs: number;
  readonly webgpu: {
    readonly vendor: string;
    readonly architecture: string;
    readonly description: string;
    readonly f16: boolean;
    readonly software: boolean;
  } | null;
  readonly ortVersion: string;
  readonly providers: readonly ProviderAvailability[];
}

/** `8 cores`. Safari and its relatives report 4 or 8, whatever the machine has. */
export function describeCores({ browser, cores }: Pick<Device, 'browser' | 'cores'>): string {
  const counted = formatCounted(cores, 'core');
  return browser.startsWith('Safari') ? `${counted} reported` : counted;
}

export interface LatencyStatistics {
  readonly medianMs: number;
  readonly meanMs: number;
  readonly stdMs: number;
  readonly minMs: number;
  readonly p95Ms: number;
  readonly p99Ms: number;
  readonly madMs: number;
  readonly runs: number;
  /** 95 % interval of the median. */
  readonly intervalMs: readonly [number, number];
}

/** Numbers have an error and a signal. Texts have neither, so their figures are `null` beside the share of equal texts. */
export interface MatchFigures {
  /** Signal to quantization noise, dB; at most `sqnrCapDb`. */
  readonly sqnrDb: number | null;
  readonly maxAbs: number | null;
  readonly cosine: number | null;
  /** Share of equal texts, from 0 to 1; absent if there are no texts. */
  readonly agreement?: number;
}

/** Input sets whose outputs a benchmark compares. A slow or large model gets fewer, at least one. */
export const mostComparedInputs = 8;

/** Compares a variant's outputs with the original's on WASM, on the same inputs. Each figure is that of the worst output. */
export interface OutputMatch extends MatchFigures {
  readonly identical: boolean;
  /** Input sets compared, and where they came from. */
  readonly samples: number;
  readonly inputs: 'synthetic' | 'data';
  readonly outputs: readonly (MatchFigures & { readonly name: string })[];
  /**
   * False if an output is not finite where the original's is, has another shape, or is unrelated (SQNR below the
   * floor).
   */
  readonly valid: boolean;
  /** False when the original's own outputs differ from run to run: then `valid` is false too, and no fault of the variant. */
  readonly comparable?: boolean;
  /** A sentence that says why the outputs are not valid or not comparable. */
  readonly problem?: string;
}

export type CellFlag =
  | 'drift'
  | 'tab-hidden'
  | 'not-isolated'
  | 'software-adapter'
  | 'partial-placement'
  | 'high-variance'
  | 'output-differs'
  | 'not-comparable'
  | 'below-timer-resolution'
  | 'time-capped';

/** Total time of all nodes of one operator on one provider in one warm run, from the profile. */
export interface OperatorTime {
  readonly op: string;
  readonly provider: string;
  readonly nodes: number;
  /** On a GPU that gives no timestamps this is the time to encode the work, not to do it. */
  readonly ms: number;
}

export interface CellResult {
  /** `original` or the variant's id. */
  readonly variant: string;
  readonly ep: ExecutionProvider;
  readonly threads: number;
  readonly batch: number;
  readonly loadMs: number;
  readonly firstRunMs: number;
  /**
   * Wall-clock time before the first timed run: sessions, outputs and warm-up. It is present only if that took all of the cell's time, for
   * example because a processor compiles shaders.
   */
  readonly setUpMs?: number;
  readonly steady: LatencyStatistics;
  /** Every sample of the steady state, in the order measured. Nothing is trimmed. */
  readonly samplesMs: readonly number[];
  /** Runs timed together as one sample (more than one when a run is shorter than 50 timer steps). */
  readonly runsPerSample: number;
  /** Nodes by the provider that ran them, from the profile: `{ WebGpuExecutionProvider: 120, CPUExecutionProvider: 3 }`. */
  readonly placement: Readonly<Record<string, number>>;
  /** Slowest first. */
  readonly operators?: readonly OperatorTime[];
  /** Time of each node, when it was asked for; from the same profile, not from the runs that are timed. */
  readonly nodes?: NodeTimes['nodes'];
  /** The evidence of `nodes`. */
  readonly nodeTimes?: Omit<NodeTimes, 'nodes'>;
  readonly outputMatch: OutputMatch;
  readonly flags: readonly CellFlag[];
}

/** The reason why a cell has no result. */
export interface CellFailure {
  readonly variant: string;
  readonly ep: ExecutionProvider;
  readonly message: string;
}

/** `same`: the interval lies within 3 % or the noise. `undecided`: more runs would settle it. `invalid`: the outputs are wrong. */
export type Verdict = 'faster' | 'slower' | 'same' | 'undecided' | 'invalid';

/** A variant, or the original as `compiled`, against the original on the `baselineProvider`, from pairs measured in turns. */
export interface Comparison {
  readonly variant: string;
  readonly ep: ExecutionProvider;
  /** Original time ÷ variant time, of the medians in these pairs: above 1 the variant is faster. */
  readonly ratio: number;
  /** 95 %. */
  readonly interval: readonly [number, number];
  /** Relative difference that the same model shows against itself (A/A), as a fraction: 0.03 is 3 %. */
  readonly noiseFloor: number;
  readonly verdict: Verdict;
  readonly pairs: number;
  /** Absent: the ratio is that of the pairs, because a device that changed its speed made the medians contradict them. */
  readonly original?: PairedOriginal;
}

/**
 * The original's time in the same turns, which the ratio is computed from. The original's own cell may have been
 * measured at another moment, when the device was busier or calmer.
 */
export interface PairedOriginal {
  readonly medianMs: number;
  readonly intervalMs: readonly [number, number];
  /** Absent in documents of versions that did not keep it. */
  readonly spread?: {
    readonly minMs: number;
    readonly p95Ms: number;
    readonly p99Ms: number;
    /** The 0, 5, … 100 % quantiles. */
    readonly quantilesMs: readonly number[];
  };
}

export type MeasuringBudget = 'quick' | 'standard' | 'careful';
