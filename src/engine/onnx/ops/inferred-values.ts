/** Two accounts of the same value put together. */
import { isSameSize } from '../size';
import type { InferredValue, SymbolicShape } from './operator';

/** What the rules gave, with gaps filled from what the file declares. A number says more than a symbol. */
export function mergeValues(inferred: InferredValue, declared: InferredValue | undefined): InferredValue {
  if (declared === undefined) return inferred;
  return {
    ...inferred,
    elementType: inferred.elementType ?? declared.elementType,
    shape: mergeShapes(inferred.shape, declared.shape),
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

/** What is true of both. */
export function commonValue(a: InferredValue, b: InferredValue): InferredValue {
  const sameRank = a.shape !== undefined && a.shape.length === b.shape?.length;
  return {
    elementType: a.elementType === b.elementType ? a.elementType : undefined,
    shape: sameRank ? a.shape!.map((size, axis) => (isSameSize(size, b.shape![axis]!) ? size : null)) : undefined,
  };
}
