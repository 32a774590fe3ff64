import type { ModelFacts } from '../model-facts';

/** A small net of convolutions, all of it float. */
export const convolutionalModel: ModelFacts = {
  sizeBytes: 450_000,
  structureShare: 0.01,
  macShares: { convolutions: 0.98, products: 0.02 },
  weightShares: { convolutions: 0.92, products: 0.02, recurrent: 0 },
  productWidth: 44,
  hasConvolutions: true,
  hasProducts: true,
  floatShare: 1,
  largestTable: null,
};
