/** Facts about an operator: one record, in the file of its family. */
import type { Node } from '../graph';
import type { CouplingRule } from './coupling/coupling-rule';
import type { BytesRule, ContentRule, ElementTypeRule, MacsRule, ShapeRule, ValueRule, WorkRule } from './operator';

/** A matrix or a kernel that an operator multiplies with. Biases and parameters of normalizations are none. */
export interface WeightOperand {
  /** Input of the weight. */
  readonly input: number;
  /** Input of the weight's zero point, for operators on quantized weights. */
  readonly zeroPointInput?: number;
  /** Input of the weight's scale, if the operator itself takes one. */
  readonly scaleInput?: number;
  /** The axis to which the scales or zero points belong; `undefined` for none. Absent: the last. */
  readonly channelAxis?: (dims: readonly number[], channels: number) => number | undefined;
}

/** All known facts about an operator. Each optional field says what its absence means. */
export interface OperatorRecord {
  readonly shapes: ShapeRule;
  readonly elementTypes: ElementTypeRule;
  /** Absent: the operator takes no part in computing shapes. */
  readonly content?: ContentRule;
  /** A rule that replaces the three rules above. */
  readonly values?: ValueRule;
  /** Inputs that are weights. Absent: none. */
  readonly weights?: readonly WeightOperand[] | 'every input';
  /** An input at which an int32 is a quantized bias or weight, not a size, an axis or an index. Absent: none. */
  readonly wideIntegerWeight?: number;
  /** Input of the scale by which stored integers become floats again. Absent: it makes floats of none, or computes with the integers. */
  readonly storedScale?: number;
  /** Input that it divides by, number by number. Absent: none. */
  readonly divisor?: number;
  /** Absent: the operator multiplies no matrices, and counts none. */
  readonly macs?: MacsRule;
  /** Absent: the operator only moves or looks up, and counts none. */
  readonly work?: WorkRule;
  /** Absent: every input is read once, and every output written. */
  readonly bytes?: BytesRule;
  /** Couples the positions of its axes that can only go together. Absent: they must all stay. */
  readonly coupling?: CouplingRule;
  /** True if a node may compute other outputs at every run. Absent: never. */
  readonly isRandom?: boolean | ((node: Node) => boolean);
  /** Inputs that are zeros if a node leaves them out. Absent: none. */
  readonly zerosByDefault?: readonly number[];
  /** The first output that a node may leave out, and with it all after it. Absent: each output must be there. */
  readonly optionalOutputsFrom?: number;
}

export type OperatorFamily = Readonly<Record<string, OperatorRecord>>;

/** The same record for several operators. */
export function alike(names: string, record: OperatorRecord): OperatorFamily {
  return Object.fromEntries(names.split(' ').map((name) => [name, record]));
}
