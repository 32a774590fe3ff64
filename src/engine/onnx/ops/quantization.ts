/** Operators that change between float and 8-bit numbers, or work on the latter. */
import { DataType } from '../data-type';
import { broadcastShapes, multiplySizes } from '../size';
import { coupleQuantization } from './coupling/elementwise';
import { typeOfInput, typesAlways } from './element-type-rules';
import { likeFirst } from './elementwise';
import { axisFromFront, likeInput, NodeFacts, type ElementTypeRule, type ShapeRule } from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { reductions } from './reduction';
import { reshaping } from './reshaping';
import { oncePerOutput } from './work-rules';

const dynamicQuantize: ShapeRule = (facts) => [facts.shape(0), [], []];

/** a, its scale and zero point, b, its scale and zero point. */
const binary: ShapeRule = (facts) => [broadcastShapes([facts.shape(0), facts.shape(3)])];

/** The output has the type of the zero point. */
const quantizedType: ElementTypeRule = (facts) => [facts.elementType(2) ?? DataType.uint8];

const statedType = (facts: NodeFacts) => facts.int('output_dtype') || undefined;

const dequantizer: OperatorRecord = {
  ...likeFirst,
  elementTypes: typeOfInput(1),
  wideIntegerWeight: 0,
  storedScale: 1,
};

export const quantizers: OperatorFamily = {
  QuantizeLinear: {
    ...likeFirst,
    elementTypes: (facts) => [statedType(facts) ?? quantizedType(facts)[0]],
    coupling: coupleQuantization,
  },
  DequantizeLinear: {
    ...dequantizer,
    elementTypes: (facts) => [statedType(facts) ?? facts.elementType(1)],
    coupling: coupleQuantization,
  },
  DynamicQuantizeLinear: {
    shapes: dynamicQuantize,
    elementTypes: typesAlways(DataType.uint8, DataType.float32, DataType.uint8),
    work: oncePerOutput,
  },
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

const alwaysInt32 = typesAlways(DataType.int32);

export const microsoftQuantizers: OperatorFamily = {
  QuantizeLinear: { ...likeFirst, elementTypes: quantizedType },
  DequantizeLinear: dequantizer,
  ...alike('QLinearSigmoid QLinearSoftmax', likeFirst),
  QLinearLeakyRelu: { shapes: likeInput(0), elementTypes: typeOfInput(0) },
  ...alike('QLinearAdd QLinearMul', { shapes: binary, elementTypes: typeOfInput(0), work: oncePerOutput }),
  MulInteger: {
    shapes: (facts) => [broadcastShapes([facts.shape(0), facts.shape(2)])],
    elementTypes: alwaysInt32,
  },
  QLinearWhere: {
    shapes: (facts) => [broadcastShapes([facts.shape(0), facts.shape(1), facts.shape(4)])],
    elementTypes: typeOfInput(1),
  },
  QLinearConcat: { shapes: concat, elementTypes: typeOfInput(1) },
  QLinearReduceMean: { shapes: reduceMean, elementTypes: typeOfInput(0) },
  ReduceSumInteger: { shapes: reduceMean, elementTypes: alwaysInt32 },
  GatherBlockQuantized: { shapes: gatherBlockQuantized, elementTypes: typeOfInput(2), storedScale: 2 },
};
