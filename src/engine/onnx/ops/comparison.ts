/** Comparisons, logic, and the choice between two values. */
import { isNeverNegative, isSameSize, type Size } from '../size';
import { coupleBroadcast, coupleSpread } from './coupling/elementwise';
import { alwaysBool } from './element-type-rules';
import { broadcast, combined, mappedNumbers, onNumbers, spreadOrBroadcast, unary, type Combine } from './elementwise';
import type { ContentRule } from './operator';
import { alike, type OperatorFamily, type OperatorRecord } from './operator-record';
import { oncePerOutput } from './work-rules';

const equal: Combine = (a, b) => {
  if (isSameSize(a, b)) return 1;
  if (typeof a === 'number' && typeof b === 'number') return 0;
  // A free dimension is no negative number: exporters write −1 for "as it is".
  const isNegative = (size: Size): boolean => typeof size === 'number' && size < 0;
  return (isNegative(a) && isNeverNegative(b)) || (isNegative(b) && isNeverNegative(a)) ? 0 : null;
};

const whereContent: ContentRule = (facts, shape) => {
  const [condition, yes, no] = [facts.content(0), facts.content(1), facts.content(2)];
  if (condition === undefined || yes === undefined || no === undefined || shape === undefined) return undefined;
  if (shape.length > 1) return undefined;
  const length = Math.max(condition.length, yes.length, no.length);
  const at = (list: readonly Size[], index: number) => list[list.length === 1 ? 0 : index] ?? null;
  return Array.from({ length }, (_, index) => {
    const chosen = at(condition, index);
    if (chosen === null || typeof chosen !== 'number') return null;
    return at(chosen === 0 ? no : yes, index);
  });
};

const test: OperatorRecord = { ...unary, elementTypes: alwaysBool };
const comparison: OperatorRecord = {
  shapes: broadcast,
  elementTypes: alwaysBool,
  work: oncePerOutput,
  coupling: coupleBroadcast,
};
/** Older than broadcasting. */
const oldComparison: OperatorRecord = { ...comparison, shapes: spreadOrBroadcast, coupling: coupleSpread };

export const comparisons: OperatorFamily = {
  Equal: { ...oldComparison, content: combined(equal) },
  Less: { ...oldComparison, content: combined(onNumbers((a, b) => Number(a < b))) },
  Greater: { ...oldComparison, content: combined(onNumbers((a, b) => Number(a > b))) },
  LessOrEqual: { ...comparison, content: combined(onNumbers((a, b) => Number(a <= b))) },
  GreaterOrEqual: { ...comparison, content: combined(onNumbers((a, b) => Number(a >= b))) },
  And: { ...oldComparison, content: combined(onNumbers((a, b) => Number(a !== 0 && b !== 0))) },
  Or: { ...oldComparison, content: combined(onNumbers((a, b) => Number(a !== 0 || b !== 0))) },
  Xor: oldComparison,
  Not: { ...test, content: mappedNumbers((value) => Number(value === 0)) },
  ...alike('IsInf IsNaN', test),
  Where: {
    shapes: broadcast,
    elementTypes: (facts) => [facts.elementType(1)],
    content: whereContent,
    work: oncePerOutput,
    coupling: coupleBroadcast,
  },
};
