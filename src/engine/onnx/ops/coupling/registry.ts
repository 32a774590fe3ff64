/** Which rule tells how an operator couples its axes. */
import { isDefaultDomain, MICROSOFT_DOMAIN } from '../../traverse';
import { convolutionCoupling } from './convolution';
import type { CouplingFamily, CouplingRule } from './coupling-rule';
import { elementwiseCoupling, microsoftElementwiseCoupling } from './elementwise';
import { matrixCoupling } from './matrix';
import { normalizationCoupling } from './normalization';
import { reshapingCoupling } from './reshaping';
import { selectingCoupling } from './selecting';

const onnx: CouplingFamily = {
  ...elementwiseCoupling,
  ...convolutionCoupling,
  ...matrixCoupling,
  ...normalizationCoupling,
  ...reshapingCoupling,
  ...selectingCoupling,
};

const microsoft: CouplingFamily = microsoftElementwiseCoupling;

/** `undefined` for an operator that nobody described: its axes must stay as they are. */
export function couplingRule(domain: string | undefined, opType: string): CouplingRule | undefined {
  const family = isDefaultDomain(domain) ? onnx : domain === MICROSOFT_DOMAIN ? microsoft : undefined;
  return family !== undefined && Object.hasOwn(family, opType) ? family[opType] : undefined;
}
