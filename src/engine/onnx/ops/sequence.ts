/** Sequences whose tensors are known one by one, as exporters write them for split and list; and texts. */
import { DataType } from '../data-type';
import { addSizes, broadcastShapes, sizeOfSame, type Size } from '../size';
import { alwaysBool, alwaysInt64, typesAlways } from './element-type-rules';
import { commonValue, elementOf } from './inferred-values';
import {
  axisFromFront,
  likeInput,
  mostContent,
  type InferredValue,
  type NodeFacts,
  type ShapeRule,
  type ValueRule,
} from './operator';
import type { OperatorFamily, OperatorRecord } from './operator-record';

const listOf = (facts: NodeFacts) => facts.inputs[0]?.sequence;

/** Returns the place that an input points to in a list of `places` places; without that input, the last place. */
function placeIn(facts: NodeFacts, input: number, places: number): number | undefined {
  if (!facts.has(input)) return places - 1;
  const position = facts.numbers(input)?.[0];
  return position === undefined ? undefined : axisFromFront(position, places);
}

const at: ValueRule = (facts) => {
  const list = listOf(facts);
  const place = list && placeIn(facts, 1, list.length);
  const value = place === undefined ? elementOf(facts.inputs[0]) : list![place];
  return value === undefined ? [] : [value];
};

const construct: ValueRule = ({ inputs }) =>
  inputs.length <= mostContent ? [{ sequence: inputs }] : [{ element: elementOf({ sequence: inputs }) }];

const insert: ValueRule = (facts) => {
  const list = listOf(facts);
  const place = list && placeIn(facts, 2, list.length + 1);
  const added = facts.inputs[1] ?? {};
  if (place !== undefined && list!.length < mostContent) return [{ sequence: list!.toSpliced(place, 0, added) }];
  const element = elementOf(facts.inputs[0]);
  return element === undefined ? [] : [{ element: commonValue(element, added) }];
};

const erase: ValueRule = (facts) => {
  const list = listOf(facts);
  const place = list && placeIn(facts, 1, list.length);
  return [place === undefined ? { element: elementOf(facts.inputs[0]) } : { sequence: list!.toSpliced(place, 1) }];
};

const length: ValueRule = (facts) => {
  const list = listOf(facts);
  return [{ elementType: DataType.int64, shape: [], ...(list && { content: [list.length] }) }];
};

/** Parts of one size but for the last, parts of given sizes, or single rows. */
const split: ValueRule = (facts) => {
  const [input, parts] = [facts.inputs[0], facts.numbers(1)];
  const axis = input?.shape && axisFromFront(facts.int('axis') ?? 0, input.shape.length);
  if (input?.shape === undefined || axis === undefined) return [];
  const isRow = !facts.has(1) && facts.int('keepdims') === 0;
  const part = (size: Size): InferredValue => ({
    elementType: input.elementType,
    shape: isRow ? input.shape!.toSpliced(axis, 1) : input.shape!.with(axis, size),
  });
  const sizes = partSizes(input.shape[axis]!, facts.has(1) ? (parts ?? null) : [1], facts.shape(1)?.length === 1);
  return [sizes === undefined ? { element: part(facts.has(1) ? null : 1) } : { sequence: sizes.map(part) }];
};

function partSizes(size: Size, parts: readonly number[] | null, isList: boolean): readonly number[] | undefined {
  if (parts === null) return undefined;
  if (isList) return parts;
  const part = parts[0] ?? 0;
  if (typeof size !== 'number' || part < 1 || size / part > mostContent) return undefined;
  return Array.from({ length: Math.ceil(size / part) }, (_, index) => Math.min(part, size - index * part));
}

const concat: ValueRule = (facts) => {
  const list = listOf(facts) ?? [];
  const first = list[0] ?? elementOf(facts.inputs[0]);
  if (first?.shape === undefined) return [];
  const isNew = facts.int('new_axis') === 1;
  const axis = axisFromFront(facts.int('axis') ?? 0, first.shape.length + (isNew ? 1 : 0));
  if (axis === undefined || list.some(({ shape }) => shape?.length !== first.shape!.length)) return [];
  const { elementType } = first;
  // The number of tensors is not known if they are not listed.
  if (list.length === 0)
    return [{ elementType, shape: isNew ? first.shape.toSpliced(axis, 0, null) : first.shape.with(axis, null) }];
  const shape = first.shape.map((_, index) => sizeOfSame(list.map((value) => value.shape![index]!)));
  if (isNew) return [{ elementType, shape: shape.toSpliced(axis, 0, list.length) }];
  const sum = list.reduce<Size>((total, value) => addSizes(total, value.shape![axis]!), 0);
  return [{ elementType, shape: shape.with(axis, sum) }];
};

const nothing = () => [];

const valuesOnly = (values: ValueRule): OperatorRecord => ({ shapes: nothing, elementTypes: nothing, values });

/** Texts that are left out change how many there are. */
const normalizedTexts: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const takesOut = facts.strings('stopwords').length > 0;
  return [takesOut ? input && [...input.slice(0, -1), null] : input];
};

/** Counts of the listed n-grams, for each row if there are rows. */
const countedGrams: ShapeRule = (facts) => {
  const indexes = facts.ints('ngram_indexes');
  const input = facts.shape(0);
  return [input && indexes && [...input.slice(0, -1), indexes.reduce((most, index) => Math.max(most, index + 1), 0)]];
};

/** An optional value has the facts of the value that it wraps. */
const wrapped: ValueRule = (facts) => [facts.inputs[0] ?? {}];

export const sequences: OperatorFamily = {
  SequenceEmpty: valuesOnly(() => [{ sequence: [] }]),
  SequenceConstruct: valuesOnly(construct),
  SequenceAt: valuesOnly(at),
  SequenceInsert: valuesOnly(insert),
  SequenceErase: valuesOnly(erase),
  SequenceLength: { ...valuesOnly(length), elementTypes: alwaysInt64 },
  SplitToSequence: valuesOnly(split),
  ConcatFromSequence: valuesOnly(concat),
  Optional: valuesOnly(wrapped),
  OptionalGetElement: valuesOnly(wrapped),
  OptionalHasElement: { shapes: () => [[]], elementTypes: alwaysBool },
};

const alwaysText = typesAlways(DataType.string);

export const texts: OperatorFamily = {
  StringNormalizer: { shapes: normalizedTexts, elementTypes: alwaysText },
  RegexFullMatch: { shapes: likeInput(0), elementTypes: alwaysBool },
  StringConcat: {
    shapes: (facts) => [broadcastShapes([facts.shape(0), facts.shape(1)])],
    elementTypes: alwaysText,
  },
  StringSplit: {
    shapes: (facts) => [facts.shape(0) && [...facts.shape(0)!, null], facts.shape(0)],
    elementTypes: typesAlways(DataType.string, DataType.int64),
  },
  TfIdfVectorizer: { shapes: countedGrams, elementTypes: typesAlways(DataType.float32) },
  // Height and width are in the compressed picture.
  ImageDecoder: {
    shapes: (facts) => [[null, null, facts.string('pixel_format') === 'Grayscale' ? 1 : 3]],
    elementTypes: typesAlways(DataType.uint8),
  },
};
