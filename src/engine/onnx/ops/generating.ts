/** Operators that make tensors of their own. */
import { constantTensor } from '../constant-node';
import { DataType, type DataTypeCode } from '../data-type';
import { AttributeType, type Attribute } from '../graph';
import { addSizes, floorDivideSizes, multiplySizes, subtractSizes, type Size } from '../size';
import { coupleConstantOfShape } from './coupling/reshaping';
import { typeInAttribute, typeOfInput } from './element-type-rules';
import {
  axisFromFront,
  isListLength,
  likeInput,
  unknownSizes,
  type ContentRule,
  type ElementTypeRule,
  type NodeFacts,
  type ShapeRule,
} from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { tensorContent } from './tensor-content';
import { oncePerOutput } from './work-rules';

/** The one attribute of a Constant holds its value, in one of eight forms. */
const constant: ShapeRule = ({ node }) => {
  for (const attribute of node.attributes) {
    const { t, sparseTensor, floats, ints, strings, type } = attribute;
    if (t) return [t.dims.map(Number)];
    if (sparseTensor) return [sparseTensor.dims.map(Number)];
    const list = floats?.length ? floats : ints?.length ? ints : strings?.length ? strings : undefined;
    if (list) return [[list.length]];
    if (type === AttributeType.float || type === AttributeType.int || type === AttributeType.string) return [[]];
    return [[0]];
  }
  return [];
};

const constantContent: ContentRule = ({ node }) => {
  const [attribute] = node.attributes;
  // The values of a sparse tensor are not all of its elements.
  const tensor = attribute === undefined || attribute.sparseTensor ? undefined : constantTensor(attribute);
  return tensor && tensorContent(tensor);
};

const typeOfConstant: ElementTypeRule = ({ node }) => {
  for (const attribute of node.attributes) {
    const type = typeOfConstantAttribute(attribute);
    if (type !== undefined) return [type];
  }
  return [];
};

function typeOfConstantAttribute(attribute: Attribute): DataTypeCode | undefined {
  switch (attribute.type) {
    case AttributeType.tensor:
      return attribute.t?.dataType;
    case AttributeType.sparseTensor:
      return attribute.sparseTensor?.values?.dataType;
    case AttributeType.float:
    case AttributeType.floats:
      return DataType.float32;
    case AttributeType.int:
    case AttributeType.ints:
      return DataType.int64;
    case AttributeType.string:
    case AttributeType.strings:
      return DataType.string;
    default:
      return undefined;
  }
}

const constantOfShape: ShapeRule = (facts) => {
  const sizes = facts.content(0);
  if (sizes !== undefined) return [sizes];
  return [unknownSizes(facts.shape(0)?.[0])];
};

const filledContent: ContentRule = (facts, shape) => {
  const length = shape?.length === 1 ? shape[0] : shape?.length === 0 ? 1 : undefined;
  if (!isListLength(length)) return undefined;
  const value = facts.tensor('value');
  const element = value === undefined ? 0 : tensorContent(value)?.[0];
  return element === undefined ? undefined : Array.from({ length }, () => element);
};

const random: ShapeRule = (facts) => [facts.ints('shape')];

const multinomial: ShapeRule = (facts) => [[facts.shape(0)?.[0] ?? null, facts.int('sample_size') ?? 1]];

/** A list whose length is the input. */
const listOfLength: ShapeRule = (facts) => [[facts.content(0)?.[0] ?? null]];

const melWeights: ShapeRule = (facts) => {
  const half = floorDivideSizes(facts.content(1)?.[0] ?? null, 2);
  return [[addSizes(half, 1), facts.content(0)?.[0] ?? null]];
};

/** Real signals come as [..., length, 1], spectra leave as [..., length, 2]. One-sided ones keep half. */
const fourier: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  if (!facts.has(1) && facts.int('onesided') !== 1) return [input.with(input.length - 1, 2)];
  const given = facts.opset >= 20 ? (facts.has(2) ? facts.content(2)?.[0] : -2) : (facts.int('axis') ?? 1);
  if (typeof given !== 'number') return [unknownSizes(input.length)];
  const axis = axisFromFront(given, input.length);
  if (axis === undefined) return [];
  const isInverse = facts.int('inverse') === 1;
  const isOneSided = facts.int('onesided') === 1;
  // Half of a spectrum of 2(n − 1) real values has n entries.
  const own = isInverse && isOneSided ? multiplySizes(subtractSizes(input[axis]!, 1), 2) : input[axis]!;
  const length: Size = facts.has(1) ? (facts.content(1)?.[0] ?? null) : own;
  const kept = isOneSided && !isInverse ? addSizes(floorDivideSizes(length, 2), 1) : length;
  const parts = isOneSided && isInverse ? 1 : 2;
  return [input.with(axis, kept).with(input.length - 1, parts)];
};

/** [batch, frames, bins, 2] */
const shortTimeFourier: ShapeRule = (facts) => {
  const signal = facts.shape(0);
  const step = facts.content(1)?.[0] ?? null;
  const frame = facts.content(3)?.[0] ?? facts.shape(2)?.[0] ?? null;
  const frames = addSizes(floorDivideSizes(subtractSizes(signal?.[1] ?? null, frame), step), 1);
  const bins = facts.int('onesided') === 0 ? frame : addSizes(floorDivideSizes(frame, 2), 1);
  return [[signal?.[0] ?? null, frames, bins, 2]];
};

const float32 = () => DataType.float32;
const typeOfFirst = (facts: NodeFacts) => facts.elementType(0);

/** A tensor of the shape of the input, and of its type unless told. */
const shapedLikeInput: OperatorRecord = { shapes: likeInput(0), elementTypes: typeInAttribute('dtype', typeOfFirst) };

export const generators: OperatorFamily = {
  // It is part of the model, and moves nothing.
  Constant: { shapes: constant, elementTypes: typeOfConstant, content: constantContent, bytes: () => 0 },
  ConstantOfShape: {
    shapes: constantOfShape,
    elementTypes: (facts) => [facts.tensor('value')?.dataType ?? DataType.float32],
    content: filledContent,
    coupling: coupleConstantOfShape,
  },
  EyeLike: shapedLikeInput,
  ...alike('RandomNormal RandomUniform', {
    shapes: random,
    elementTypes: typeInAttribute('dtype', float32),
    isRandom: true,
  }),
  ...alike('RandomNormalLike RandomUniformLike', { ...shapedLikeInput, isRandom: true }),
  Bernoulli: { ...shapedLikeInput, work: oncePerOutput, isRandom: true },
  Multinomial: {
    shapes: multinomial,
    elementTypes: typeInAttribute('dtype', () => DataType.int32),
    isRandom: true,
  },
  ...alike('BlackmanWindow HammingWindow HannWindow', {
    shapes: listOfLength,
    elementTypes: typeInAttribute('output_datatype', float32),
  }),
  MelWeightMatrix: { shapes: melWeights, elementTypes: typeInAttribute('output_datatype', float32) },
  DFT: { shapes: fourier, elementTypes: typeOfInput(0) },
  STFT: { shapes: shortTimeFourier, elementTypes: typeOfInput(0) },
};
