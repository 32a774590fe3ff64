import { modelFacts } from '../../../engine/search/model-facts';
import { perObject } from '../workspace/per-object';
import { originalBytes } from '../workspace/selectors';
import type { Original } from '../workspace/workspace-store';

/**
 * The facts that decide which goals and advice suit the open model. They are read with every change of the work, and
 * computed once for each original.
 */
export const originalFacts = perObject((original: Original) =>
  modelFacts(original.inspection, originalBytes(original)),
);
