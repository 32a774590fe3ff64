/**
 * Counts elementwise operations beside multiply-accumulates. The convention is that of tools that count FLOPs. Each
 * output element of an arithmetic operator, an activation or a normalization counts one, whatever the function costs.
 * Each element that a reduction or a pooling reads counts one. A Sum of three operands counts two for each. Operators
 * that only move or look up values (Reshape, Transpose, Concat, Gather, Cast …) count none.
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
