/**
 * The result of a recipe: the page's variant summary and the `optimize` command's JSON (a contract from the first
 * release on: add, never rename).
 */
import type { Change, Refusal } from '../passes/pass';
import type { OptionValues } from '../passes/option-spec';
import type { PassDetails } from '../passes/pass-details';

export interface PassReport {
  readonly id: string;
  readonly options: OptionValues;
  readonly ms: number;
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
  readonly details?: PassDetails;
  /** The result of the pass, if changes and details do not state it. */
  readonly sentence?: string;
}

export interface Optimization {
  readonly model: {
    readonly name: string;
    /** Model file and data files together, as in `sizeBytes.original`. */
    readonly sizeBytes: number;
    /** The hash as in the model's `Inspection`: empty while it is not computed. */
    readonly sha256: string;
    readonly nodes: number;
    readonly parameters: number;
  };
  readonly variant: {
    readonly sizeBytes: number;
    readonly sha256: string;
    readonly nodes: number;
    readonly parameters: number;
    readonly macs: number | null;
    /** The bytes that `shorten-names` would save; absent if they are less than a hundredth of the file. */
    readonly namesBytes?: number;
    /** Session options, with ONNX Runtime's names, that run the variant as it was measured. Absent if it needs none. */
    readonly sessionOptions?: Readonly<Record<string, string>>;
    /** Name and size of the external data file, when the variant needs one. */
    readonly externalData?: { readonly name: string; readonly sizeBytes: number };
  };
  /** `original`: the file that was opened, with its data files. */
  readonly sizeBytes: { readonly original: number; readonly variant: number };
  readonly passes: readonly PassReport[];
  readonly ms: number;
}
