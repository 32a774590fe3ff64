/**
 * The contents of a model without its weights. It is the page's summary and the JSON of the `inspect` command, a
 * contract: fields may be added and are never renamed.
 */

import type { StatedPicture } from '../data/feeds';
import type { OutputEnding } from '../metrics/output-kind';
import type { ShapeEntry } from '../onnx/declared-shape';
import type { PeakMemory } from './peak-memory';
import type { PredictedPlacements } from './predict-placement';
import type { RuleFinding } from './tensorrt-rules';
import type { DeadWeight, PrecisionShare } from './weights/weight-summary';

export interface InspectedValue {
  readonly name: string;
  /** `float32`, `int64`, … as `dataTypeName` gives it; `sequence`, `map`, `optional` for other kinds. */
  readonly dtype: string;
  /** `null`: the rank is unknown. */
  readonly shape: readonly ShapeEntry[] | null;
  /** For an input: the constant that the model multiplies it by before anything else. Absent if there is none. */
  readonly scaledBy?: number;
  /** For an input of pictures: what the metadata of the model states. Absent if it has no size. */
  readonly statedPicture?: StatedPicture;
  /** For an input of tokens with an open length: the number of positions that the model has, if they are constants. */
  readonly mostTokens?: number;
  /** For an output: how the graph computes it. Absent if no node of the main graph does. */
  readonly ending?: OutputEnding;
}

export interface InspectedNode {
  /** `graph/If_0.then_branch/Conv_3` */
  readonly path: string;
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Elements of the weights that this node is the first to compute with. Sizes, axes, indices and masks do not count
   * (`isParameter`). The sum over all nodes plus `unreadParameters` is the model's `parameters`.
   */
  readonly parameters: number;
  /** Parameters of weights that it reads and that count for another node. Absent: there are none. */
  readonly sharedParameters?: number;
  readonly macs: number | null;
  /** Floating-point operations of one run: twice the MACs, and one for each element of other arithmetic. */
  readonly flops: number | null;
  /** Bytes that one run reads and writes: inputs, with weights among them, and outputs. */
  readonly bytes: number | null;
  /**
   * Present if `macs`, `flops` and `bytes` include work inside the node: its graphs, or the function that it calls. The
   * larger branch of an If counts, and all iterations of a loop. The nodes inside are listed too, each with one run.
   * Absent if nothing runs inside.
   */
  readonly includesBodies?: true;
  /** Stands in a body: a graph of another node, or a function. Absent: in the main graph, whose nodes make up the model's totals. */
  readonly inBody?: true;
  readonly outputShapes: readonly (readonly ShapeEntry[] | null)[];
  /** Providers that will leave this node to the CPU. Absent: none is known to. */
  readonly leaves?: readonly ('webgpu' | 'webnn')[];
}

/** The cost of one run for given sizes of the inputs. */
export interface RunCost {
  /** The sum over the nodes of the main graph, which include the work of the graphs inside them. */
  readonly macs: number | null;
  readonly flops: number | null;
  readonly bytes: number | null;
  /** A clause for each that says why it is not known; `null` if it is known. */
  readonly unknown: Readonly<Record<'macs' | 'flops' | 'bytes', string | null>>;
  /** Operators whose MACs and FLOPs are in no figure, since there is no rule for them: `com.example.Foo`. */
  readonly uncountedOperators: readonly string[];
  /** A static estimate of the most that activations take at once; `null` while a size is open. */
  readonly peakActivationBytes: number | null;
  /** The moment of the peak, and the values that are alive then. */
  readonly peakActivation: PeakMemory | null;
  /** The reason why there is no peak; `null` if there is one. */
  readonly peakActivationUnknown: string | null;
  /** The nodes that each execution provider will leave to the CPU. */
  readonly providers: PredictedPlacements;
}

export interface Inspection extends RunCost {
  readonly file: {
    readonly name: string;
    readonly sizeBytes: number;
    /** The SHA-256 of the model file. Empty until it is computed: the page opens a large file before it has read all of it. */
    readonly sha256: string;
  };
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly functions: readonly string[];
  /** Graph inputs that a caller must feed (initializers with the same name are left out). */
  readonly inputs: readonly InspectedValue[];
  readonly outputs: readonly InspectedValue[];
  /** Elements of all weights but sizes, axes, indices and masks (`isParameter`), wherever they are; each counts once. */
  readonly parameters: number;
  /** Parameters of weights that no node reads. */
  readonly unreadParameters: number;
  readonly weightBytes: number;
  /** Nodes by operator, those of the domain of ONNX by their bare name, others as `domain::name`. */
  readonly operators: Readonly<Record<string, number>>;
  /** Weights by element type, most bytes first. */
  readonly precision: readonly PrecisionShare[];
  /** Weights that no node reads. */
  readonly deadWeights: readonly DeadWeight[];
  readonly nodes: readonly InspectedNode[];
  readonly values: Readonly<Record<string, { readonly dtype: string; readonly shape: readonly ShapeEntry[] | null }>>;
  /** Violations of TensorRT's rules for quantized models. Absent: the model is not quantized. */
  readonly tensorrtRules?: readonly RuleFinding[];
  /** DequantizeLinear nodes whose last block of weights is not full. Absent: there are none. */
  readonly partialBlocks?: readonly string[];
  readonly externalFiles: readonly string[];
  readonly warnings: readonly string[];
}
