/** Activations, alone or fused with the sum before them. */
import { DataType } from '../data-type';
import { floorDivideSizes } from '../size';
import { typeOfInput, typeOfInputThen } from './element-type-rules';
import { mapped, unary } from './elementwise';
import { alike, likeInput, type OperatorFamily, type ShapeRule } from './operator';

/** [batch, sequence, 2 × width]: one half is the gate of the other. */
const halfOfLast: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), floorDivideSizes(input.at(-1) ?? null, 2)]];
};

export const activations: OperatorFamily = {
  Relu: { ...unary, content: mapped((size) => (typeof size === 'number' ? Math.max(0, size) : size)) },
  ...alike(
    'Celu Elu Gelu HardSigmoid HardSwish Hardmax LeakyRelu LogSoftmax Mish PRelu Selu Shrink Sigmoid Softmax Softplus ' +
      'Softsign Swish Tanh ThresholdedRelu',
    unary,
  ),
};

export const microsoftActivations: OperatorFamily = {
  ...alike('BiasGelu FastGelu Gelu QuickGelu', unary),
  BiasSoftmax: { shapes: likeInput(0), elementTypes: typeOfInput(0) },
  BiasDropout: { shapes: (facts) => [facts.shape(0)], elementTypes: typeOfInputThen(DataType.bool) },
  BiasSplitGelu: { shapes: halfOfLast, elementTypes: typeOfInput(0) },
};
