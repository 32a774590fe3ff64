/** What is known about an operator: one record, in the file of its family. */
import type { DataTypeCode } from '../data-type';
import type { Graph, Node, Tensor } from '../graph';
import type { Size } from '../size';
import { getAttribute, getAttributeFloats, getAttributeInt, getAttributeInts, getAttributeText } from '../traverse';

export type SymbolicShape = readonly Size[];

/** What inference knows of a value. */
export interface InferredValue {
  /** Absent: unknown. */
  readonly elementType?: DataTypeCode;
  /** Absent: not even the rank is known. */
  readonly shape?: SymbolicShape;
  /** Elements of a small tensor that are known before the model runs: shapes, axes, scales. */
  readonly content?: SymbolicShape;
  /** The tensors of a sequence of which each is known. */
  readonly sequence?: readonly InferredValue[];
  /** What is true of every tensor of a sequence of which not each is known. */
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

/** Elements of the first output, where they can be known before the model runs. */
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

/** A matrix or a kernel that an operator multiplies with. Biases and parameters of normalizations are none. */
export interface WeightOperand {
  /** Input of the weight. */
  readonly input: number;
  /** Input of the weight's zero point, for operators on quantized weights. */
  readonly zeroPointInput?: number;
  /** Input of the weight's scale, where the operator itself takes one. */
  readonly scaleInput?: number;
  /** The axis that so many scales or zero points belong to; `undefined` for none. Absent: the last. */
  readonly channelAxis?: (dims: readonly number[], channels: number) => number | undefined;
}

/** All that is known of an operator. What is not said of one is said beside the field. */
export interface OperatorRecord {
  readonly shapes: ShapeRule;
  readonly elementTypes: ElementTypeRule;
  /** Absent: the operator takes no part in computing shapes. */
  readonly content?: ContentRule;
  /** Takes the place of the three rules above. */
  readonly values?: ValueRule;
  /** Absent: none. */
  readonly weights?: readonly WeightOperand[] | 'every input';
  /** An input where an int32 is a quantized bias or weight, not a size, an axis or an index. Absent: none. */
  readonly wideIntegerWeight?: number;
  /** Absent: the operator multiplies no matrices, and counts none. */
  readonly macs?: MacsRule;
  /** Absent: the operator only moves or looks up, and counts none. */
  readonly work?: WorkRule;
  /** Absent: every input is read once, and every output written. */
  readonly bytes?: BytesRule;
  /** Whether a node may give something else at every run. Absent: never. */
  readonly isRandom?: boolean | ((node: Node) => boolean);
  /** Inputs that are zeros where a node leaves them out. Absent: none. */
  readonly zerosByDefault?: readonly number[];
  /** The first output that a node may leave out, and with it all after it. Absent: each output must be there. */
  readonly optionalOutputsFrom?: number;
}

export type OperatorFamily = Readonly<Record<string, OperatorRecord>>;

/** The same record for several operators. */
export function alike(names: string, record: OperatorRecord): OperatorFamily {
  return Object.fromEntries(names.split(' ').map((name) => [name, record]));
}

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

/** As many as NumPy has. What a file says of more is not followed: no list may grow with a number that is only named. */
const mostAxes = 64;

/** A shape of which only the rank is known; `undefined` where that is not known either, or is none of a tensor. */
export function unknownSizes(rank: Size | undefined): SymbolicShape | undefined {
  return isListLength(rank, mostAxes) ? Array.from({ length: rank }, () => null) : undefined;
}

/** The shape where it has as many axes as a tensor can have; of any other nothing is known. */
export function boundedShape(shape: SymbolicShape | undefined): SymbolicShape | undefined {
  return shape !== undefined && shape.length <= mostAxes ? shape : undefined;
}

/** True for the length of a list that may be built. A size that a file names can be anything. */
export function isListLength(length: Size | undefined, most = mostContent): length is number {
  return typeof length === 'number' && Number.isInteger(length) && length >= 0 && length <= most;
}
