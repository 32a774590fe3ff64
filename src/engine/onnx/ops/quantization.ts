/** Operators that change between float and 8-bit numbers, or work on the latter. */
import { broadcastShapes } from '../size';
import { alike, likeInput, type OperatorFamily, type ShapeRule } from './operator';

const dynamicQuantize: ShapeRule = (facts) => [facts.shape(0), [], []];

/** a, its scale and zero point, b, its scale and zero point. */
const binary: ShapeRule = (facts) => [broadcastShapes([facts.shape(0), facts.shape(3)])];

export const quantizers: OperatorFamily = {
  ...alike('QuantizeLinear DequantizeLinear', { shapes: likeInput(0) }),
  DynamicQuantizeLinear: { shapes: dynamicQuantize },
};

export const microsoftQuantizers: OperatorFamily = {
  ...alike('QLinearSigmoid QLinearLeakyRelu QLinearSoftmax', { shapes: likeInput(0) }),
  ...alike('QLinearAdd QLinearMul', { shapes: binary }),
};
