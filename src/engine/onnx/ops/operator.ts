/** Defines a node as the rules of operators see it, and the results of the rules. */
import type { DataTypeCode } from '../data-type';
import type { Graph, Node, Tensor } from '../graph';
import type { Size } from '../size';
import { getAttribute, getAttributeFloats, getAttributeInt, getAttributeInts, getAttributeText } from '../traverse';

export type SymbolicShape = readonly Size[];

/** The facts that inference has about a value. */
export interface InferredValue {
  /** Absent: unknown. */
  readonly elementType?: DataTypeCode;
  /** Absent: not even the rank is known. */
  readonly shape?: SymbolicShape;
  /** Elements of a small tensor that are known before the model runs: shapes, axes, scales. */
  readonly content?: SymbolicShape;
  /** The tensors of a sequence, if each of them is known. */
  readonly sequence?: readonly InferredValue[];
  /** Facts that hold for every tensor of a sequence whose tensors are not all known. */
  readonly element?: InferredValue;
}

/** Tensors with more elements are not followed: shapes and axes are short. */
export const mostContent = 1024;

/** A node as the rules see it. */
export class NodeFacts {
  readonly node: Node;
  /** Version of the operator set that the node belongs to. */
  readonly opset: number;
  readonly inputs: readonly InferredValue[];

  constructor(node: Node, opset: number, inputs: readonly InferredValue[]) {
    this.node = node;
    this.opset = opset;
    this.inputs = inputs;
  }

  shape(input: number): SymbolicShape | undefined {
    return this.inputs[input]?.shape;
  }

  elementType(input: number): DataTypeCode | undefined {
    return this.inputs[input]?.elementType;
  }

  /** Known elements of an input: lists of axes, sizes, starts. */
  content(input: number): SymbolicShape | undefined {
    return this.inputs[input]?.content;
  }

  /** Known elements, all of them numbers. */
  numbers(input: number): readonly number[] | undefined {
    const content = this.content(input);
    return content?.every((size) => typeof size === 'number') ? (content as readonly number[]) : undefined;
  }

  /** True when the optional input is there. */
  has(input: number): boolean {
    return (this.node.inputs[input] ?? '') !== '';
  }

  int(name: string): number | undefined {
    return getAttributeInt(this.node, name);
  }

  ints(name: string): readonly number[] | undefined {
    return getAttributeInts(this.node, name);
  }

  floats(name: string): readonly number[] | undefined {
    return getAttributeFloats(this.node, name);
  }

  string(name: string): string | undefined {
    return getAttributeText(this.node, name);
  }

  strings(name: string): readonly string[] {
    const decoder = new TextDecoder();
    return (getAttribute(this.node, name)?.strings ?? []).map((bytes) => decoder.decode(bytes));
  }

  tensor(name: string): Tensor | undefined {
    return getAttribute(this.node, name)?.t;
  }

  graph(name: string): Graph | undefined {
    return getAttribute(this.node, name)?.g;
  }
}

/** Shapes of the outputs in order; `undefined` and what is beyond the list is unknown. */
export type ShapeRule = (facts: NodeFacts) => readonly (SymbolicShape | undefined)[];

/** Elements of the first output, if they can be known before the model runs. */
export type ContentRule = (facts: NodeFacts, shape: SymbolicShape | undefined) => SymbolicShape | undefined;

/** All that is known of the outputs in order, for operators whose outputs are no tensors, or come out of ones that are not. */
export type ValueRule = (facts: NodeFacts) => readonly InferredValue[];

/** Multiply-accumulate operations of one run; `null` when a size is missing. */
export type MacsRule = (facts: NodeFacts, outputs: readonly (SymbolicShape | undefined)[]) => Size;

/** Element types of the outputs in order; `undefined` and what is beyond the list is unknown. Shapes and content may be missing. */
export type ElementTypeRule = (facts: NodeFacts) => readonly (DataTypeCode | undefined)[];

/** Elementwise operations of one run; `null` when a size is missing. `work-rules.ts` says what counts as one. */
export type WorkRule = (facts: NodeFacts, outputs: readonly (SymbolicShape | undefined)[]) => number | null;

/** Bytes that one run reads and writes; `null` when a type or a size is missing. */
export type BytesRule = (facts: NodeFacts, outputs: readonly (InferredValue | undefined)[]) => number | null;

/**
 * From this version on all operands, the bias of Gemm among them, broadcast as NumPy does. In older versions the second one was spread over
 * the first, from an axis that an attribute could give.
 */
export const opsetOfBroadcasting = 7;

/** An axis counted from the front; `undefined` when it lies outside. */
export function axisFromFront(axis: number, rank: number): number | undefined {
  const index = axis < 0 ? axis + rank : axis;
  return index >= 0 && index < rank ? index : undefined;
}

/** All axes counted from the front; `undefined` when one lies outside. */
export function axesFromFront(axes: readonly number[], rank: number): readonly number[] | undefined {
  const indices = axes.map((axis) => axisFromFront(axis, rank));
  return indices.includes(undefined) ? undefined : (indices as number[]);
}

export const likeInput =
  (input: number): ShapeRule =>
  (facts) =>
    facts.node.outputs.map(() => facts.shape(input));

/** The limit of NumPy. Longer shapes in a file are not followed: no list may grow with a number that a file merely states. */
const mostAxes = 64;

/** A shape of which only the rank is known; `undefined` if the rank is not known, or is too large for a tensor. */
export function unknownSizes(rank: Size | undefined): SymbolicShape | undefined {
  return isListLength(rank, mostAxes) ? Array.from({ length: rank }, () => null) : undefined;
}

/**
 * Returns the shape if it has no more axes than a tensor can have, and otherwise `undefined`. Impossible sizes become
 * unknown: arithmetic on numbers of a file can give negative, inexact or infinite ones.
 */
export function boundedShape(shape: SymbolicShape | undefined): SymbolicShape | undefined {
  if (shape === undefined || shape.length > mostAxes) return undefined;
  return shape.every(isPossibleSize) ? shape : shape.map((size) => (isPossibleSize(size) ? size : null));
}

/** The size can be `undefined`, because a rule may look for an axis that a damaged file does not have. */
function isPossibleSize(size: Size | undefined): boolean {
  return typeof size === 'number' ? Number.isSafeInteger(size) && size >= 0 : size !== undefined;
}

/** True for the length of a list that may be built. A size that a file names can be anything. */
export function isListLength(length: Size | undefined, most = mostContent): length is number {
  return typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= most;
}
