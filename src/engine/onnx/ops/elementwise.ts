/** Rules that are shared by operators that work element by element, with or without broadcasting. */
import { isFloatDataType } from '../data-type';
import { broadcastShapes, type Size } from '../size';
import { coupleSamePlaces } from './coupling/elementwise';
import { typeOfInput } from './element-type-rules';
import { finite, heldNumber } from './held-number';
import { likeInput, opsetOfBroadcasting, type ContentRule, type ShapeRule, type SymbolicShape } from './operator';
import type { OperatorRecord } from './operator-record';
import { oncePerOutput } from './work-rules';

export const broadcast: ShapeRule = (facts) => [broadcastShapes(facts.inputs.map(({ shape }) => shape))];

/** Broadcasting of operators that are older than it. */
export const spreadOrBroadcast: ShapeRule = (facts) =>
  facts.opset < opsetOfBroadcasting ? [facts.shape(0)] : broadcast(facts);

/** One operation for each element, which keeps its type. */
export const likeFirst: OperatorRecord = { shapes: likeInput(0), elementTypes: typeOfInput(0), work: oncePerOutput };

/** The same, if each result depends only on the element at its place. */
export const unary: OperatorRecord = { ...likeFirst, coupling: coupleSamePlaces };

export type Combine = (a: Size, b: Size, isInteger: boolean) => Size;

/** Combines two operands; the shorter one repeats. Lists of sizes are scalars or have equal lengths. */
export const combined =
  (combine: Combine): ContentRule =>
  (facts, shape) => {
    const [a, b] = [facts.content(0), facts.content(1)];
    if (a === undefined || b === undefined || shape === undefined || shape.length > 1) return undefined;
    if (facts.inputs.length !== 2) return undefined;
    const type = facts.elementType(0);
    const isInteger = type !== undefined && !isFloatDataType(type);
    const length = Math.max(a.length, b.length);
    const at = (list: SymbolicShape, index: number) => finite(list[list.length === 1 ? 0 : index] ?? null);
    return Array.from({ length }, (_, index) => heldNumber(type, combine(at(a, index), at(b, index), isInteger)));
  };

/** Combines numbers; the result for a symbol is not known. */
export const onNumbers =
  (calculate: (a: number, b: number) => number): Combine =>
  (a, b) =>
    typeof a === 'number' && typeof b === 'number' ? calculate(a, b) : null;

export const mapped =
  (change: (size: Size) => Size): ContentRule =>
  (facts) =>
    facts.content(0)?.map((size) => heldNumber(facts.elementType(0), change(finite(size))));

export const mappedNumbers = (change: (value: number) => number): ContentRule =>
  mapped((size) => (typeof size === 'number' ? change(size) : null));
