/** Calls of functions that the model brings along are replaced by the nodes of the functions, which the others then simplify. */
import { inlineFunctions as inline } from '../../onnx/inline-functions';
import type { Simplification } from './simplification';

export const inlineFunctions: Simplification = {
  id: 'inline-functions',
  summary: 'Replaces calls of the model’s own functions by what they do.',
  apply(model) {
    const { calls, removed, ...outcome } = inline(model);
    return { ...outcome, changes: [...removed, ...calls] };
  },
};
