/** Combines facts about a value: from rules and declarations, both branches of an If, every turn of a loop, all tensors of a sequence. */
import { isSameSize } from '../size';
import type { InferredValue, SymbolicShape } from './operator';

/** Returns the facts from the rules, with gaps filled from the declarations of the file. A number says more than a symbol. */
export function mergeValues(inferred: InferredValue, declared: InferredValue | undefined): InferredValue {
  if (declared === undefined) return inferred;
  return {
    ...inferred,
    elementType: inferred.elementType ?? declared.elementType,
    shape: mergeShapes(inferred.shape, declared.shape),
    ...(inferred.sequence === undefined && { element: inferred.element ?? declared.element }),
  };
}

function mergeShapes(
  inferred: SymbolicShape | undefined,
  declared: SymbolicShape | undefined,
): SymbolicShape | undefined {
  if (inferred === undefined || declared === undefined) return inferred ?? declared;
  // A file that declares another rank is wrong: the rules count.
  if (inferred.length !== declared.length) return inferred;
  return inferred.map((size, axis) => size ?? declared[axis]!);
}

/** Returns the facts that hold for both values. */
export function commonValue(a: InferredValue, b: InferredValue): InferredValue {
  const sameRank = a.shape !== undefined && a.shape.length === b.shape?.length;
  return {
    elementType: a.elementType === b.elementType ? a.elementType : undefined,
    shape: sameRank ? a.shape!.map((size, axis) => (isSameSize(size, b.shape![axis]!) ? size : null)) : undefined,
    ...commonSequence(a, b),
  };
}

function commonSequence(a: InferredValue, b: InferredValue): Pick<InferredValue, 'sequence' | 'element'> {
  if (a.sequence !== undefined && a.sequence.length === b.sequence?.length) {
    return { sequence: a.sequence.map((value, index) => commonValue(value, b.sequence![index]!)) };
  }
  const [left, right] = [kindsOf(a), kindsOf(b)];
  if (left === undefined || right === undefined) return {};
  const element = commonOfAll([...left, ...right]);
  return element === undefined ? {} : { element };
}

/** Returns the facts that hold for every tensor of a sequence; `undefined` if nothing is known, or the sequence is empty. */
export function elementOf(sequence: InferredValue | undefined): InferredValue | undefined {
  return commonOfAll(kindsOf(sequence) ?? []);
}

function kindsOf(sequence: InferredValue | undefined): readonly InferredValue[] | undefined {
  return sequence?.sequence ?? (sequence?.element && [sequence.element]);
}

function commonOfAll([first, ...rest]: readonly InferredValue[]): InferredValue | undefined {
  return first && rest.reduce(commonValue, first);
}
