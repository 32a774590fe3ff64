/** Calls of functions that the model brings along are replaced by the nodes of the functions, which the others then simplify. */
import { inlineFunctions as inline } from '../../onnx/functions/inline-functions';
import type { Simplification } from './simplification';

export const inlineFunctions: Simplification = {
  id: 'inline-functions',
  summary: 'Replaces calls of the model’s own functions by their nodes.',
  async apply(model, context) {
    const { calls, removed, ...outcome } = await inline(model, () => context.checkpoint());
    return { ...outcome, changes: [...removed, ...calls] };
  },
};
