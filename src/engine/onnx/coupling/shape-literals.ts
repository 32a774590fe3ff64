/** Traces the numbers of a computed shape to their sources: sizes that adapt by themselves, and sizes that are written down. */
import { DataType, type DataTypeCode } from '../data-type';
import type { Node, Tensor, ValueName } from '../graph';
import type { InferredValue } from '../ops/operator';
import { isDefaultDomain, getAttributeInt, getAttributeInts } from '../traverse';
import { readIntegers } from '../tensor';
import type { AxisAtoms } from './atoms';

/** An element of an input of a node. */
interface ShapePlace {
  readonly reader: Node;
  readonly input: number;
  readonly element: number;
}

/** The integers of an input that a node reads: all of them known before the model runs. */
interface KnownIntegers {
  readonly values: readonly number[];
  readonly isScalar: boolean;
  readonly dataType: DataTypeCode | undefined;
}

/** A number that must be the size of an axis. */
export interface SizeLiteral extends ShapePlace, KnownIntegers {
  /** If this axis cannot lose a position, the number stays too. */
  readonly axis: AxisAtoms;
  /** A source that the number follows by itself and must not: the axis that a Shape node reads, or the inputs of a calculation. */
  readonly follows?: AxisAtoms | 'calculation';
}

/** A size that a Shape node returns: that of an axis of the value. */
export interface ShapeReadSize {
  readonly value: ValueName;
  readonly axisOfValue: number;
}

/** The source of a size: a Shape node, a constant, or arithmetic on numbers. */
export interface TracedSize {
  readonly read?: ShapeReadSize;
  readonly isCalculated: boolean;
  /** The place where it can be written down, as near to its reader as possible. Absent if free dimensions are beside it. */
  readonly written?: { readonly place: ShapePlace; readonly integers: KnownIntegers };
}

interface KnownValue {
  readonly constant: Tensor | undefined;
  readonly producer: Node | undefined;
  readonly content: InferredValue | undefined;
}

type LookUp = (name: ValueName) => KnownValue;

/** Calculations of shapes are short. */
const mostSteps = 32;

/** Traces an element of a shape to its source: a constant, a Shape node, or arithmetic. */
export function traceShapeElement(from: ShapePlace, lookUp: LookUp): TracedSize {
  let place = from;
  let written: TracedSize['written'];
  for (let step = 0; step < mostSteps; step += 1) {
    const known = lookUp(place.reader.inputs[place.input] ?? '');
    const { producer } = known;
    const integers = known.constant ? integersOfConstant(known.constant) : integersOfContent(known.content);
    written ??= integers && { place, integers };
    if (known.constant) return { written, isCalculated: false };
    if (producer === undefined || !isDefaultDomain(producer.domain)) break;
    if (producer.opType === 'Shape') {
      const axisOfValue = axisOfShape(producer, place.element, lookUp);
      return { read: { value: producer.inputs[0]!, axisOfValue }, written, isCalculated: false };
    }
    const before = stepBack(producer, place.element, lookUp);
    if (before === undefined) break;
    place = before;
  }
  return { written, isCalculated: true };
}

/** The types of sizes. Float numbers, such as the start of a Range of floats, are no sizes. */
const sizeTypes: ReadonlySet<number | undefined> = new Set([DataType.int32, DataType.int64]);

function integersOfConstant(tensor: Tensor): KnownIntegers | undefined {
  if (!sizeTypes.has(tensor.dataType)) return undefined;
  return {
    values: readIntegers(tensor).map(Number),
    isScalar: tensor.dims.length === 0,
    dataType: tensor.dataType as DataTypeCode,
  };
}

/** `undefined` if an element is not a known number, or the tensor no list. */
function integersOfContent(value: InferredValue | undefined): KnownIntegers | undefined {
  const { content, shape, elementType } = value ?? {};
  if (content === undefined || shape === undefined || shape.length > 1) return undefined;
  if (elementType !== undefined && !sizeTypes.has(elementType)) return undefined;
  if (!content.every((size) => typeof size === 'number')) return undefined;
  return { values: content as readonly number[], isScalar: shape.length === 0, dataType: elementType };
}

/** Returns the axis of an element of a Shape node's output. From opset 15 on a Shape may return only a part of the sizes. */
function axisOfShape(node: Node, element: number, lookUp: LookUp): number {
  const start = getAttributeInt(node, 'start') ?? 0;
  const rank = lookUp(node.inputs[0]!).content?.shape?.length ?? 0;
  return element + (start < 0 ? Math.max(0, start + rank) : start);
}

function stepBack(node: Node, element: number, lookUp: LookUp): ShapePlace | undefined {
  const numbers = (input: number) => lookUp(node.inputs[input] ?? '').content?.content;
  switch (node.opType) {
    case 'Cast':
    case 'Identity':
    case 'Reshape':
    case 'Squeeze':
    case 'Unsqueeze':
      return { reader: node, input: 0, element };
    case 'Concat':
      return partOfConcat(node, element, lookUp);
    case 'Gather': {
      const index = numbers(1)?.[element];
      const size = lookUp(node.inputs[0]!).content?.shape?.[0];
      if (typeof index !== 'number' || typeof size !== 'number') return undefined;
      return { reader: node, input: 0, element: index < 0 ? index + size : index };
    }
    case 'Slice': {
      const start = getAttributeInts(node, 'starts')?.[0] ?? numbers(1)?.[0];
      const stepSize = numbers(4)?.[0] ?? 1;
      const size = lookUp(node.inputs[0]!).content?.shape?.[0];
      if (typeof start !== 'number' || typeof size !== 'number' || stepSize !== 1) return undefined;
      return { reader: node, input: 0, element: Math.max(0, start < 0 ? start + size : start) + element };
    }
    case 'Where': {
      const chosen = numbers(0)?.[element];
      const input = chosen === 0 ? 2 : 1;
      const size = lookUp(node.inputs[input] ?? '').content?.shape?.[0];
      return typeof chosen === 'number' && typeof size === 'number' && element < size
        ? { reader: node, input, element }
        : undefined;
    }
    default:
      return undefined;
  }
}

function partOfConcat(node: Node, element: number, lookUp: LookUp): ShapePlace | undefined {
  let start = 0;
  for (const [input, name] of node.inputs.entries()) {
    const size = lookUp(name).content?.shape?.[0];
    if (typeof size !== 'number') return undefined;
    if (element < start + size) return { reader: node, input, element: element - start };
    start += size;
  }
  return undefined;
}
