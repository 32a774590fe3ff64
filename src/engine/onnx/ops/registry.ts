/** Every operator that Pareto knows, by domain. */
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../traverse';
import { attentionLayers, microsoftAttention } from './attention';
import { convolutions, microsoftConvolutions } from './convolution';
import { elementwise, microsoftElementwise } from './elementwise';
import { generators } from './generating';
import { matrixProducts, microsoftMatrixProducts } from './matrix';
import { normalizations } from './normalization';
import type { OperatorFacts, OperatorFamily } from './operator';
import { microsoftQuantizers, quantizers } from './quantization';
import { recurrentLayers } from './recurrent';
import { reductions } from './reduction';
import { microsoftReshaping, reshaping } from './reshaping';
import { microsoftSelecting, selecting } from './selecting';
import { sequences, texts } from './sequence';

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
  ...sequences,
  ...texts,
};

const microsoft: OperatorFamily = {
  ...microsoftElementwise,
  ...microsoftReshaping,
  ...microsoftSelecting,
  ...microsoftConvolutions,
  ...microsoftMatrixProducts,
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
