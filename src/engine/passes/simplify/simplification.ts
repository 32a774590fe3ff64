/** The contract of a simplification: one kind of rewrite that leaves the answers of a model as they are. */
import type { Model } from '../../onnx/graph';
import type { InferredModel } from '../../onnx/infer';
import type { Change, PassContext, Refusal } from '../pass';

export interface SimplifyContext extends Pick<PassContext, 'signal' | 'checkpoint' | 'inference'> {
  /** Types and shapes of this very model; made once for each model. */
  inferred(model: Model): InferredModel;
  /** A folded result of up to this size is kept however small the constants are that it replaces. */
  readonly largestFoldedBytes: number;
  /** Inputs of the model that nothing reads are taken away too. */
  readonly removesInputs?: boolean;
}

export interface SimplifyOutcome {
  /** The same object when nothing changed. */
  readonly model: Model;
  readonly changes: readonly Change[];
  readonly refusals: readonly Refusal[];
}

export interface Simplification {
  /** `fuse-batch-normalization` */
  readonly id: string;
  /** One sentence for people. */
  readonly summary: string;
  apply(model: Model, context: SimplifyContext): SimplifyOutcome | Promise<SimplifyOutcome>;
}
