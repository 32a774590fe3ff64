/** The contract of an operator of compiled models: one record in the file of its family. */
import type { NodeFacts } from '../../onnx/ops/operator';
import type { Activation } from '../activation';
import type { Plan } from '../plan';
import { refuse } from '../refusal';
import type { ElementType } from '../tensor-view';

/** A node, with the nodes that it computes along. */
export interface Unit {
  /** Attributes and inputs of the node. Its shapes are known. */
  readonly facts: NodeFacts;
  /** Names of the inputs; '' for one that is left out. */
  readonly inputs: readonly string[];
  /** Names, shapes and types of the outputs. The first is that of the last node that is computed along. */
  readonly outputs: readonly UnitOutput[];
  /** A scalar or a row that the result is multiplied with, as floats, before anything is added. */
  readonly scaled?: string;
  /** A value of the same shape that is added to the result. */
  readonly added?: string;
  /** Applied last. */
  readonly activation: Activation;
}

export interface UnitOutput {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: ElementType;
}

export interface CompiledOperator {
  /** Plans the steps and defines the outputs. Calls `refuse` for a case that it does not have. */
  readonly lower: (unit: Unit, plan: Plan) => void;
  /**
   * Computes with integers of 8 bits what `QuantizeLinear` follows. False: it plans nothing, and the node is lowered with floats. Absent:
   * never.
   */
  readonly lowerQuantized?: (unit: Unit, quantizer: Unit, plan: Plan) => boolean;
  /** It applies the activation that follows. Absent: never. */
  readonly fusesActivation?: boolean;
  /** It multiplies its integers with a scale, which makes floats of them. Absent: never. */
  readonly fusesScale?: boolean;
  /** It adds a value of the same shape. Absent: never. */
  readonly fusesAddition?: (facts: NodeFacts) => boolean;
}

export type CompiledFamily = ReadonlyMap<string, CompiledOperator>;

/** Refuses inputs that are not float32. */
export function requireFloats(plan: Plan, names: readonly string[]): void {
  const other = names.find((name) => name !== '' && plan.value(name).type !== 'float32');
  if (other !== undefined)
    refuse(`Its input "${other}" is ${plan.value(other).type}; compiled modules compute it in float32 only.`);
}

/** The axis counted from the front. */
export function axisOf(unit: Unit, rank: number, otherwise: number): number {
  const axis = unit.facts.int('axis') ?? otherwise;
  return axis < 0 ? axis + rank : axis;
}
