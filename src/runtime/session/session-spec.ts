/** The request to open a session, and the facts that a session reports. All of it can be sent to a worker. */
import type { FreeDimensions, InputDescription } from '../../engine/data/feeds';
import type { ExecutionProvider, OperatorTime } from '../../engine/metrics/cell';
import type { KernelTime } from '../../engine/metrics/node-time';
import type { GraphOptimizationLevel, PreferredLayout } from '../../engine/profiling/sweep';
import type { ModelFiles } from '../models/model-files';

export interface SessionSpec {
  readonly files: ModelFiles;
  /** Paths of files that a thread of Node opens itself, by their place: the model first. Their Blobs in `files` are empty. */
  readonly onDisk?: readonly (string | undefined)[];
  readonly ep: ExecutionProvider;
  readonly threads: number;
  /** Sizes of free dimensions. WebNN needs them fixed when the session is made; the others take them from the inputs. */
  readonly freeDimensions: FreeDimensions;
  /** Records which provider runs which node. This disturbs timing: never time such a session. */
  readonly profile: boolean;
  /** Counts the buffers on the GPU. Each buffer then takes longer to make: never time such a session. */
  readonly countsGpuBuffers?: true;
  /** `disabled`: the graph runs unchanged. If absent, the runtime applies all its fusions. */
  readonly graphOptimizationLevel?: GraphOptimizationLevel;
  /** The layout that WebGPU runs pictures in. If absent, the runtime chooses. */
  readonly preferredLayout?: PreferredLayout;
  /**
   * Weights stored as integers become floats when the session is made: `disable_quant_qdq`. If absent, they do if only
   * the weights are integers, as such a file is meant to be used.
   */
  readonly foldsDequantization?: boolean;
  /**
   * Inputs and outputs that are integers in the file and represent floats (`pareto.quantization` in its metadata) are
   * fed and read as integers. If absent, they are fed and read as floats, so that the model can be compared with
   * others.
   */
  readonly integers?: 'as-written';
  /** Outputs that stay in the session and are fed to these inputs in the next run. */
  readonly resident?: ReadonlyMap<string, string>;
  /** The option of `InferenceOptions`. */
  readonly keepsFeeds?: true;
  /** Build of the runtime for WebGPU and WebNN, when not the one that suits the browser best. */
  readonly build?: 'asyncify';
}

export interface OpenedSession {
  /**
   * The time from the model's bytes in memory to a session that can run, in a fresh worker, including the start of the
   * runtime. In Node, it includes reading the weights of a large file.
   */
  readonly loadMs: number;
  readonly inputs: readonly InputDescription[];
}

export interface SessionProfile {
  /** Nodes by the provider that ran them. */
  readonly placement: Readonly<Record<string, number>>;
  /** The time each kind of operator took there in the last run. */
  readonly operators: readonly OperatorTime[];
  /** Every kernel, with its time in each run. */
  readonly kernels: readonly KernelTime[];
  /** Times of kernels on a GPU are those of their work. Absent: they are those of submitting it, or there is no GPU. */
  readonly hasGpuTimes?: true;
}
