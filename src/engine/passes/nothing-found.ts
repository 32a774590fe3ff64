/** Refusals of passes that find nothing to change, so that a reader does not take it for a failure. */
import type { Model } from '../onnx/graph';
import { isQuantized } from '../onnx/ops/quantized-operators';
import { refuseWhole, type Refusal } from './pass';

/** The reasons why nothing was done. Without reasons, that nothing was found. */
export function reasonsOrNothingFound(refusals: readonly Refusal[], model: Model, reason: string): readonly Refusal[] {
  return refusals.length > 0 ? refusals : [nothingFound(model, reason)];
}

/**
 * @param reason what it looked for, as a sentence. A quantized model has a reason of its own, because passes look for
 * floats.
 */
export function nothingFound(model: Model, reason: string, code = 'nothing-found'): Refusal {
  return isQuantized(model)
    ? refuseWhole('already-quantized', 'The model is already quantized. Run restore-float first.')
    : refuseWhole(code, reason);
}
