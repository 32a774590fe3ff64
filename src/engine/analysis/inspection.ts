/** What is in a model, without its weights: the page's summary and the `inspect` command's JSON (a contract: add, never rename). */

/** A size, a symbol, or `null` when nothing is known. */
export type ShapeEntry = number | string | null;

export interface InspectedValue {
  readonly name: string;
  /** `float32`, `int64`, … as `dataTypeName` gives it; `sequence`, `map`, `optional` for other kinds. */
  readonly dtype: string;
  /** `null`: the rank is unknown. */
  readonly shape: readonly ShapeEntry[] | null;
  /** Of an input: what the model multiplies it with before anything else, where that is a constant. */
  readonly scaledBy?: number;
}

export interface InspectedNode {
  /** `graph/If_0.then_branch/Conv_3` */
  readonly path: string;
  readonly name: string;
  readonly op: string;
  readonly domain: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /** Elements of the weights that this node reads. */
  readonly parameters: number;
  readonly macs: number | null;
  readonly outputShapes: readonly (readonly ShapeEntry[] | null)[];
}

export interface Inspection {
  readonly file: {
    readonly name: string;
    readonly sizeBytes: number;
    /** Of the model file. Empty while it is not computed: the page opens a large file before it has read all of it. */
    readonly sha256: string;
  };
  readonly irVersion: number;
  readonly producer: string;
  readonly opsets: readonly { readonly domain: string; readonly version: number }[];
  readonly functions: readonly string[];
  /** Graph inputs that a caller must feed (initializers with the same name are left out). */
  readonly inputs: readonly InspectedValue[];
  readonly outputs: readonly InspectedValue[];
  /** Elements of all weights, wherever they are. */
  readonly parameters: number;
  readonly weightBytes: number;
  readonly macs: number | null;
  readonly nodes: readonly InspectedNode[];
  readonly values: Readonly<Record<string, { readonly dtype: string; readonly shape: readonly ShapeEntry[] | null }>>;
  readonly externalFiles: readonly string[];
  readonly warnings: readonly string[];
}
