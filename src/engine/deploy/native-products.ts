import type { DeployFacts } from './deploy-facts';

/**
 * A sentence for servers with native ONNX Runtime, if the model has MatMulNBits nodes that may compute in float32. The
 * file stays as it was measured, because the level is an option of the pass that writes these nodes. Empty for other
 * models.
 */
export function describeProducts(
  { inspection, recipe }: Pick<DeployFacts, 'inspection' | 'recipe'>,
  server: string,
): readonly string[] {
  const isLow = inspection.nodes.some(({ op }) => op === 'MatMulNBits');
  const steps = recipe?.steps.filter(({ pass, enabled }) => enabled && pass === 'quantize-weights') ?? [];
  if (!isLow || steps.some(({ options }) => options.accuracyLevel === '4')) return [];
  return [
    `Products with low-bit weights compute in float32 if the file sets no accuracy_level. On ${server} int8 is faster: set accuracyLevel=4 of quantize-weights, and evaluate the result.`,
  ];
}
