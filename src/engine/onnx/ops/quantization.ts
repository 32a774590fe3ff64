/** Operators that change between float and 8-bit numbers, or work on the latter. */
import { DataType } from '../data-type';
import { broadcastShapes, multiplySizes } from '../size';
import { alike, axisFromFront, likeInput, NodeFacts, type OperatorFamily, type ShapeRule } from './operator';
import { reductions } from './reduction';
import { reshaping } from './reshaping';

const dynamicQuantize: ShapeRule = (facts) => [facts.shape(0), [], []];

/** a, its scale and zero point, b, its scale and zero point. */
const binary: ShapeRule = (facts) => [broadcastShapes([facts.shape(0), facts.shape(3)])];

export const quantizers: OperatorFamily = {
  ...alike('QuantizeLinear DequantizeLinear', { shapes: likeInput(0) }),
  DynamicQuantizeLinear: { shapes: dynamicQuantize },
};

/** The output's scale and zero point, then three inputs for each tensor: itself, its scale and zero point. */
const concat: ShapeRule = (facts) =>
  reshaping.Concat!.shapes(withInputs(facts, (index) => index >= 2 && index % 3 === 2));

/** Axes are an attribute; the other inputs are scales. */
const reduceMean: ShapeRule = (facts) => reductions.ReduceMean!.shapes(withInputs(facts, (index) => index === 0));

function withInputs(facts: NodeFacts, keep: (index: number) => boolean): NodeFacts {
  const node = { ...facts.node, inputs: facts.node.inputs.filter((_, index) => keep(index)) };
  return new NodeFacts(
    node,
    facts.opset,
    facts.inputs.filter((_, index) => keep(index)),
  );
}

/** Rows of a matrix that is stored as whole numbers, several in a byte where its elements are bytes. */
const gatherBlockQuantized: ShapeRule = (facts) => {
  const [data, indices] = [facts.shape(0), facts.shape(1)];
  if (data === undefined || indices === undefined) return [];
  const axis = axisFromFront(facts.int('gather_axis') ?? 0, data.length);
  if (axis === undefined) return [];
  const inByte = facts.inputs[0]?.elementType === DataType.uint8 ? 8 / (facts.int('bits') ?? 4) : 1;
  const unpacked = [...data.slice(0, -1), multiplySizes(data.at(-1) ?? null, inByte)];
  return [[...unpacked.slice(0, axis), ...indices, ...unpacked.slice(axis + 1)]];
};

export const microsoftQuantizers: OperatorFamily = {
  ...alike('QLinearSigmoid QLinearLeakyRelu QLinearSoftmax', { shapes: likeInput(0) }),
  ...alike('QLinearAdd QLinearMul', { shapes: binary }),
  MulInteger: { shapes: (facts) => [broadcastShapes([facts.shape(0), facts.shape(2)])] },
  QLinearWhere: { shapes: (facts) => [broadcastShapes([facts.shape(0), facts.shape(1), facts.shape(4)])] },
  QLinearConcat: { shapes: concat },
  ...alike('QLinearReduceMean ReduceSumInteger', { shapes: reduceMean }),
  GatherBlockQuantized: { shapes: gatherBlockQuantized },
};
