/** The contract of a simplification: one kind of rewrite that does not change the outputs of a model. */
import type { Model } from '../../onnx/graph';
import { storedDataBytes } from '../../onnx/map-tensors';
import type { InferredModel } from '../../onnx/infer';
import type { Change, PassContext, Refusal } from '../pass';

/** A node that goes away takes about as much in the file. */
const freeBytes = 64;

/**
 * Limits the growth of a model through folding, because a small model can name many long lists. The folded bytes, less
 * the bytes that they replace, must stay within the size of the given constants, or a few kB.
 */
export class GrowthBudget {
  #leftBytes: number;

  constructor(model: Model, largestFoldedBytes: number) {
    this.#leftBytes = Math.max(storedDataBytes(model), 4 * largestFoldedBytes);
  }

  /** True, and the room is used up, if a part may become larger by so many bytes. */
  take(addedBytes: number): boolean {
    const counted = Math.max(0, addedBytes - freeBytes);
    if (counted > this.#leftBytes) return false;
    this.#leftBytes -= counted;
    return true;
  }
}

export interface SimplifyContext extends Pick<PassContext, 'signal' | 'checkpoint' | 'inference'> {
  /** Types and shapes of this very model; made once for each model. */
  inferred(model: Model): InferredModel;
  /** A folded result of up to this size is kept however small the constants are that it replaces, while `growth` allows it. */
  readonly largestFoldedBytes: number;
  /** The bytes that all folding together may add. */
  readonly growth: GrowthBudget;
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
