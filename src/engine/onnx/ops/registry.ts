/** Every operator that Pareto knows, by domain. */
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../traverse';
import { attentionLayers, microsoftAttention } from './attention';
import { convolutions } from './convolution';
import { elementwise } from './elementwise';
import { generators } from './generating';
import { matrixProducts } from './matrix';
import { normalizations } from './normalization';
import { alike, likeInput, type OperatorFacts, type OperatorFamily } from './operator';
import { microsoftQuantizers, quantizers } from './quantization';
import { recurrentLayers } from './recurrent';
import { reductions } from './reduction';
import { reshaping } from './reshaping';
import { selecting } from './selecting';

const onnx: OperatorFamily = {
  ...elementwise,
  ...reshaping,
  ...selecting,
  ...generators,
  ...convolutions,
  ...matrixProducts,
  ...reductions,
  ...normalizations,
  ...recurrentLayers,
  ...quantizers,
  ...attentionLayers,
};

const microsoft: OperatorFamily = {
  ...alike('BiasGelu FastGelu Gelu QuickGelu RotaryEmbedding', { shapes: likeInput(0) }),
  ...convolutions,
  ...matrixProducts,
  ...normalizations,
  ...recurrentLayers,
  ...quantizers,
  ...microsoftQuantizers,
  ...microsoftAttention,
};

/** What is known about an operator, or `undefined` for one of another domain or one that nobody described. */
export function operatorFacts(domain: string | undefined, opType: string): OperatorFacts | undefined {
  const family = isDefaultDomain(domain) ? onnx : domain === MICROSOFT_DOMAIN ? microsoft : undefined;
  return family !== undefined && Object.hasOwn(family, opType) ? family[opType] : undefined;
}
