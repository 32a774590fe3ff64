import { modelFacts } from '../../../engine/search/model-facts';
import { perObject } from '../workspace/per-object';
import { originalBytes } from '../workspace/selectors';
import type { Original } from '../workspace/workspace-store';

/** What decides which goals and advice suit the model at hand: asked with every change of the work, and the same for all of it. */
export const originalFacts = perObject((original: Original) =>
  modelFacts(original.inspection, originalBytes(original)),
);
