/** Every gradient rule by its operator. An operator without one stops the gradient, and the step says which node that was. */
import type { Node } from '../../onnx/graph';
import { isDefaultDomain } from '../../onnx/traverse';
import { activationGradients } from './activation';
import { convolutionGradients } from './convolution';
import { elementwiseGradients } from './elementwise';
import type { GradientRule } from './gradient-rule';
import { matrixGradients } from './matrix';
import { normalizationGradients } from './normalization';
import { poolingGradients } from './pooling';
import { reductionGradients } from './reduction';
import { reshapingGradients } from './reshaping';
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
  ...selectingGradients,
]);

export function gradientRuleOf({ domain, opType }: Node): GradientRule | undefined {
  return isDefaultDomain(domain) ? rules.get(opType ?? '') : undefined;
}
