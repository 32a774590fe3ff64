/** Operators that take parts of a tensor, look something up in one, or write into one. */
import { DataType } from '../data-type';
import { addSizes, floorDivideSizes, isSameSize, leastOfSize, multiplySizes, subtractSizes, type Size } from '../size';
import { bytesWritten } from './bytes-moved';
import { coupleGather, coupleRange, coupleShape, coupleSlice } from './coupling/selecting';
import { fixedShape, isContentOf, pick } from './content';
import { alwaysInt64, typeOfInput, typeOfInputThen } from './element-type-rules';
import { finite, heldNumber } from './held-number';
import {
  axisFromFront,
  likeInput,
  isListLength,
  unknownSizes,
  type ContentRule,
  type NodeFacts,
  type ShapeRule,
} from './operator';
import { alike, type OperatorFamily } from './operator-record';

/** "To the end", however an exporter writes it: INT32_MAX, INT64_MAX, or 10⁹ as tf2onnx does. No axis is as long. */
const toTheEnd = 1e9;

interface SliceAxis {
  readonly axis: number;
  readonly start: Size;
  readonly end: Size;
  readonly step: Size;
}

/** `undefined` when the axes are not known. Before opset 10 all of it are attributes. */
function sliceAxes(facts: NodeFacts, rank: number): readonly SliceAxis[] | undefined {
  const asAttributes = facts.ints('starts') !== undefined;
  const starts = asAttributes ? facts.ints('starts') : facts.content(1);
  const ends = asAttributes ? facts.ints('ends') : facts.content(2);
  const axes = asAttributes ? facts.ints('axes') : facts.has(3) ? facts.numbers(3) : undefined;
  const steps = asAttributes || !facts.has(4) ? undefined : (facts.content(4) ?? []);
  if (!asAttributes && facts.has(3) && axes === undefined) return undefined;
  const count = starts?.length ?? axes?.length ?? facts.shape(1)?.[0];
  if (!isListLength(count)) return undefined;
  const parts = Array.from({ length: count }, (_, index) => ({
    axis: axisFromFront(axes?.[index] ?? index, rank) ?? -1,
    start: starts?.[index] ?? null,
    end: ends?.[index] ?? null,
    step: steps === undefined ? 1 : (steps[index] ?? null),
  }));
  return parts.some(({ axis }) => axis < 0) ? undefined : parts;
}

const slice: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const parts = sliceAxes(facts, input.length);
  if (parts === undefined) return [unknownSizes(input.length)];
  const sizes: Size[] = [...input];
  for (const part of parts) sizes[part.axis] = slicedSize(input[part.axis]!, part);
  return [sizes];
};

/** Positions count from the end when negative, and are cut off at both ends. */
function slicedSize(size: Size, { start, end, step }: SliceAxis): Size {
  if (typeof step !== 'number' || !Number.isFinite(step) || step === 0 || start === null || end === null) return null;
  if (typeof size === 'number' && typeof start === 'number' && typeof end === 'number') {
    return slicePositions(size, start, end, step).length;
  }
  if (step < 0) return isWholeReversed(start, end, step) ? size : null;
  const from = typeof start === 'number' && start < 0 ? addSizes(size, start) : start;
  const reachesEnd = (typeof end === 'number' && end >= toTheEnd) || isSameSize(end, size);
  // A fixed end beyond a size that is a symbol may or may not be cut off.
  const to = reachesEnd ? size : typeof end === 'number' && end < 0 ? addSizes(size, end) : end;
  if (typeof to === 'number' && typeof size !== 'number') return null;
  // An axis may be shorter than the part that is cut off. Only if it never is, nothing has to be clamped.
  const isInside = [from, subtractSizes(size, from), to, subtractSizes(size, to), subtractSizes(to, from)];
  if (isInside.some((distance) => leastOfSize(distance) < 0)) return null;
  return floorDivideSizes(addSizes(subtractSizes(to, from), step - 1), step);
}

function isWholeReversed(start: Size, end: Size, step: number): boolean {
  return step === -1 && start === -1 && typeof end === 'number' && end <= -toTheEnd;
}

interface Positions {
  readonly first: number;
  readonly step: number;
  readonly length: number;
}

function slicePositions(size: number, start: number, end: number, step: number): Positions {
  const fromFront = (position: number) => (position < 0 ? position + size : position);
  const clamp = (position: number, low: number, high: number) => Math.min(Math.max(position, low), high);
  const [first, last] =
    step > 0
      ? [clamp(fromFront(start), 0, size), clamp(fromFront(end), 0, size)]
      : [clamp(fromFront(start), 0, size - 1), clamp(fromFront(end), -1, size - 1)];
  return { first, step, length: Math.max(0, Math.ceil((last - first) / step)) };
}

const sliceContent: ContentRule = (facts) => {
  const content = facts.content(0);
  const shape = fixedShape(facts.shape(0));
  const parts = content && shape && sliceAxes(facts, shape.length);
  if (content === undefined || parts === undefined || !isContentOf(content, shape!)) return undefined;
  const taken: (readonly number[])[] = shape!.map((size) => Array.from({ length: size }, (_, index) => index));
  for (const { axis, start, end, step } of parts) {
    if (typeof start !== 'number' || typeof end !== 'number' || typeof step !== 'number') return undefined;
    if (step === 0 || !Number.isFinite(step)) return undefined;
    const { first, length } = slicePositions(shape![axis]!, start, end, step);
    taken[axis] = Array.from({ length }, (_, index) => first + index * step);
  }
  return pick(content, shape!, taken);
};

const gather: ShapeRule = (facts) => {
  const [data, indices] = [facts.shape(0), facts.shape(1)];
  if (data === undefined || indices === undefined) return [];
  const axis = axisFromFront(facts.int('axis') ?? 0, data.length);
  return [axis === undefined ? undefined : [...data.slice(0, axis), ...indices, ...data.slice(axis + 1)]];
};

const gatherContent: ContentRule = (facts) => {
  const [data, indices] = [facts.content(0), facts.numbers(1)];
  if (data === undefined || indices === undefined || facts.shape(0)?.length !== 1) return undefined;
  return indices.map((index) => data[index < 0 ? index + data.length : index] ?? null);
};

const gatherNd: ShapeRule = (facts) => {
  const [data, indices] = [facts.shape(0), facts.shape(1)];
  const depth = indices?.at(-1);
  if (data === undefined || indices === undefined || typeof depth !== 'number') return [];
  const batchRank = facts.int('batch_dims') ?? 0;
  return [[...indices.slice(0, -1), ...data.slice(batchRank + depth)]];
};

const topK: ShapeRule = (facts) => {
  const input = facts.shape(0);
  if (input === undefined) return [];
  const axis = axisFromFront(facts.int('axis') ?? -1, input.length);
  const count = facts.content(1)?.[0] ?? facts.int('k') ?? null;
  const shape = axis === undefined ? undefined : input.with(axis, count);
  return [shape, shape];
};

const oneHot: ShapeRule = (facts) => {
  const indices = facts.shape(0);
  if (indices === undefined) return [];
  const rank = indices.length + 1;
  const axis = axisFromFront(facts.int('axis') ?? -1, rank);
  const depth = facts.content(1)?.[0] ?? null;
  return [axis === undefined ? undefined : [...indices.slice(0, axis), depth, ...indices.slice(axis)]];
};

/** The number of indices is known only after the model has run. */
const nonZero: ShapeRule = (facts) => [[facts.shape(0)?.length ?? null, null]];

const compress: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const axis = facts.int('axis');
  if (axis === undefined) return [[null]];
  const index = input && axisFromFront(axis, input.length);
  return [input === undefined || index === undefined ? undefined : input.with(index, null)];
};

const unique: ShapeRule = (facts) => {
  const input = facts.shape(0);
  const axis = facts.int('axis');
  const values = axis === undefined ? [null] : input?.with(axisFromFront(axis, input.length) ?? 0, null);
  return [values, [null], [null], [null]];
};

const shapeOf: ShapeRule = (facts) => {
  const content = shapeContent(facts, undefined);
  return [[content?.length ?? null]];
};

const shapeContent: ContentRule = (facts) => {
  const shape = facts.shape(0);
  if (shape === undefined) return undefined;
  const clamp = (axis: number) => Math.min(Math.max(axis < 0 ? axis + shape.length : axis, 0), shape.length);
  return shape.slice(clamp(facts.int('start') ?? 0), clamp(facts.int('end') ?? shape.length));
};

const sizeContent: ContentRule = (facts) => {
  const shape = facts.shape(0);
  return shape && [shape.reduce<Size>(multiplySizes, 1)];
};

const range: ShapeRule = (facts) => [[rangeLength(facts)]];

function rangeLength(facts: NodeFacts): Size {
  const [start, limit, delta] = [0, 1, 2].map((input) => facts.content(input)?.[0] ?? null);
  if (start === null || limit === null || typeof delta !== 'number' || delta === 0) return null;
  if ([start, limit, delta].some((size) => finite(size!) === null)) return null;
  if (typeof start === 'number' && typeof limit === 'number') return Math.max(0, Math.ceil((limit - start!) / delta));
  const length = subtractSizes(limit!, start!);
  return delta === 1 && leastOfSize(length) >= 0 ? length : null;
}

const rangeContent: ContentRule = (facts) => {
  const length = rangeLength(facts);
  const [start, delta] = [facts.content(0)?.[0], facts.content(2)?.[0]];
  if (!isListLength(length) || typeof start !== 'number' || typeof delta !== 'number') return;
  // The steps of fractions depend on how a runtime adds them up.
  if (!Number.isInteger(start) || !Number.isInteger(delta)) return;
  return Array.from({ length }, (_, index) => heldNumber(facts.inputs[0]?.elementType, start + index * delta));
};

/** The elements keep their type. */
const keepsType = { elementTypes: typeOfInput(0) };

export const selecting: OperatorFamily = {
  Slice: { shapes: slice, ...keepsType, content: sliceContent, coupling: coupleSlice },
  Gather: { shapes: gather, ...keepsType, content: gatherContent, coupling: coupleGather },
  GatherElements: { shapes: likeInput(1), ...keepsType },
  GatherND: { shapes: gatherNd, ...keepsType },
  ...alike('ReverseSequence Scatter ScatterElements ScatterND TensorScatter Trilu', {
    shapes: likeInput(0),
    ...keepsType,
  }),
  TopK: { shapes: topK, elementTypes: typeOfInputThen(DataType.int64) },
  OneHot: { shapes: oneHot, elementTypes: typeOfInput(2) },
  NonZero: { shapes: nonZero, elementTypes: alwaysInt64 },
  Compress: { shapes: compress, ...keepsType },
  Unique: {
    shapes: unique,
    elementTypes: typeOfInputThen(DataType.int64, DataType.int64, DataType.int64),
    optionalOutputsFrom: 1,
  },
  Shape: {
    shapes: shapeOf,
    elementTypes: alwaysInt64,
    content: shapeContent,
    bytes: bytesWritten,
    coupling: coupleShape,
  },
  Size: { shapes: () => [[]], elementTypes: alwaysInt64, content: sizeContent, bytes: bytesWritten },
  Range: { shapes: range, ...keepsType, content: rangeContent, coupling: coupleRange },
  NonMaxSuppression: { shapes: () => [[null, 3]], elementTypes: alwaysInt64 },
};

export const microsoftSelecting: OperatorFamily = {
  GatherND: selecting.GatherND!,
  NGramRepeatBlock: { shapes: likeInput(1), elementTypes: typeOfInput(1) },
  Range: selecting.Range!,
  Trilu: selecting.Trilu!,
};
