/**
 * Elementwise operations beside multiply-accumulates. The convention, as tools that count FLOPs use it: one for each element
 * that an arithmetic operator, an activation or a normalization gives, one for each element that a reduction or a pooling
 * reads, whatever the function costs. A Sum of three operands counts two for each. Operators that only move or look up
 * (Reshape, Transpose, Concat, Gather, Cast …) count none.
 */
import { countOfSizes } from '../size';
import type { SymbolicShape, WorkRule } from './operator';

/** One operation for each element of the first output. */
export const oncePerOutput: WorkRule = (_facts, outputs) => elementsOf(outputs[0]);

/** One operation for each element of the first input. */
export const oncePerInput: WorkRule = (facts) => elementsOf(facts.shape(0));

/** Counts one operation less than operands for each element of the output; one operation for a single operand. */
export const betweenOperands: WorkRule = (facts, outputs) => {
  const once = elementsOf(outputs[0]);
  return once === null ? null : once * Math.max(1, facts.inputs.length - 1);
};

function elementsOf(shape: SymbolicShape | undefined): number | null {
  return shape === undefined ? null : countOfSizes(shape);
}
