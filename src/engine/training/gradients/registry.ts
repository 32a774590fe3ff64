/** Every gradient rule by its operator. An operator without one stops the gradient, and the step says which node that was. */
import type { Node } from '../../onnx/graph';
import { isDefaultDomain } from '../../onnx/traverse';
import { trainingDomain } from '../prepare-forward';
import { activationGradients } from './activation';
import { convolutionGradients } from './convolution';
import { elementwiseGradients } from './elementwise';
import type { GradientRule } from './gradient-rule';
import { matrixGradients } from './matrix';
import { normalizationGradients } from './normalization';
import { poolingGradients } from './pooling';
import { reductionGradients } from './reduction';
import { reshapingGradients } from './reshaping';
import { resizingGradients } from './resizing';
import { selectingGradients } from './selecting';

const rules: ReadonlyMap<string, GradientRule> = new Map([
  ...activationGradients,
  ...convolutionGradients,
  ...elementwiseGradients,
  ...matrixGradients,
  ...normalizationGradients,
  ...poolingGradients,
  ...reductionGradients,
  ...reshapingGradients,
  ...resizingGradients,
  ...selectingGradients,
]);

export const operatorsWithGradient: readonly string[] = [...rules.keys()];

/** Rounding passes the gradient as if it were not there. */
const straightThrough: GradientRule = (site) => site.each(() => site.g);

/** `undefined` for an operator without a gradient. */
export function gradientRuleOf({ domain, opType = '' }: Node): GradientRule | undefined {
  if (domain === trainingDomain) return opType === 'Floor' ? straightThrough : rules.get(opType);
  return isDefaultDomain(domain) ? rules.get(opType) : undefined;
}
