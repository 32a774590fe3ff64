/** Activations, alone or fused with the sum before them. */
import { DataType } from '../data-type';
import { floorDivideSizes } from '../size';
import { coupleAfterBias, coupleAlongAxis, coupleSpread } from './coupling/elementwise';
import { typeOfInput, typeOfInputThen } from './element-type-rules';
import { likeFirst, mapped, unary } from './elementwise';
import { likeInput, type ShapeRule } from './operator';
import { alike, type OperatorFamily } from './operator-record';

/** [batch, sequence, 2 × width]: one half is the gate of the other. */
const halfOfLast: ShapeRule = (facts) => {
  const input = facts.shape(0);
  return [input && [...input.slice(0, -1), floorDivideSizes(input.at(-1) ?? null, 2)]];
};

export const activations: OperatorFamily = {
  Relu: { ...unary, content: mapped((size) => (typeof size === 'number' ? Math.max(0, size) : size)) },
  ...alike(
    'Celu Elu Gelu HardSigmoid HardSwish LeakyRelu Mish Selu Shrink Sigmoid Softplus Softsign Swish Tanh ThresholdedRelu',
    unary,
  ),
  PRelu: { ...likeFirst, coupling: coupleSpread },
  ...alike('Hardmax LogSoftmax Softmax', {
    ...likeFirst,
    coupling: coupleAlongAxis((opset) => (opset < 13 ? 1 : -1), true),
  }),
};

export const microsoftActivations: OperatorFamily = {
  ...alike('BiasGelu FastGelu Gelu QuickGelu', { ...likeFirst, coupling: coupleAfterBias }),
  BiasSoftmax: { shapes: likeInput(0), elementTypes: typeOfInput(0) },
  BiasDropout: { shapes: (facts) => [facts.shape(0)], elementTypes: typeOfInputThen(DataType.bool) },
  BiasSplitGelu: { shapes: halfOfLast, elementTypes: typeOfInput(0) },
};
