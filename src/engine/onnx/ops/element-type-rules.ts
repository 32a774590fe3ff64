/**
 * Rules for the element types of outputs, in the words of the operator specifications of ONNX and of ONNX Runtime's `com.microsoft` domain.
 */
import { DataType, type DataTypeCode } from '../data-type';
import type { ElementTypeRule, NodeFacts } from './operator';

/** All outputs have the type of one input. */
export const typeOfInput =
  (input: number): ElementTypeRule =>
  (facts) =>
    facts.node.outputs.map(() => facts.elementType(input));

/** The first output has the type of the first input, the others types of their own. */
export const typeOfInputThen =
  (...rest: readonly DataTypeCode[]): ElementTypeRule =>
  (facts) => [facts.elementType(0), ...rest];

/** The outputs have these types, whatever goes in. */
export const typesAlways =
  (...types: readonly DataTypeCode[]): ElementTypeRule =>
  () =>
    types;

/** The type in an attribute, or another type if a node does not have it. */
export const typeInAttribute =
  (name: string, otherwise: (facts: NodeFacts) => DataTypeCode | undefined): ElementTypeRule =>
  (facts) => [facts.int(name) ?? otherwise(facts)];

export const alwaysBool = typesAlways(DataType.bool);
export const alwaysInt64 = typesAlways(DataType.int64);
