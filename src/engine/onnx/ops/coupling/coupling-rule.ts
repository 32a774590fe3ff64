/** Defines how an operator couples the positions of its axes: the inputs and the results of a rule. */
import type { AtomSpace, AxisAtoms, Lock } from '../../coupling/atoms';
import type { CarrierChoices } from '../../coupling/carrier-choices';
import { isLock } from '../../coupling/atoms';
import { DataType } from '../../data-type';
import type { Attribute, Tensor } from '../../graph';
import type { Size } from '../../size';
import type { NodeFacts, SymbolicShape } from '../operator';

/** One entry for each axis of a value. */
export type ValueAtoms = readonly AxisAtoms[];

/** Positions of an axis that are left, in order. */
export type KeptPositions = (axis: AxisAtoms) => readonly number[];

/** Changes of a node besides narrower weights. */
export interface NodeChange {
  /** These replace attributes of the same name; the names in `without` are removed. */
  readonly attributes?: readonly Attribute[];
  readonly without?: readonly string[];
  /** New elements of constant int64 inputs, by input; an input beyond the last is added. */
  readonly integers?: ReadonlyMap<number, readonly number[]>;
}

/** A matrix that a node multiplies with: which axis of that input takes channels in, and which gives channels out. */
export interface WeightAxes {
  readonly input: number;
  /** The value that it is multiplied with: an input (by default the first), or the node's own output of the step before. */
  readonly reads?: number | 'own output';
  readonly consumes?: number;
  readonly produces?: number;
}

/** A share of the multiplications of a node, and the axes whose sizes are factors of it. */
export interface WorkTerm {
  readonly share: number;
  readonly axes: readonly AxisAtoms[];
}

/** All multiplications are one product. */
export function workOver(...axes: readonly AxisAtoms[]): readonly WorkTerm[] {
  return [{ share: 1, axes }];
}

/** An axis that a node normalizes. */
export interface AveragedAxis {
  readonly atoms: AxisAtoms;
  /** The axis, counted from the front. */
  readonly axis: number;
}

export interface Coupling {
  /** The atoms of each output in order; `undefined` if the rank is not known. */
  readonly outputs: readonly (ValueAtoms | undefined)[];
  readonly weights?: readonly WeightAxes[];
  /** The terms of its multiplications. */
  readonly work?: readonly WorkTerm[];
  /** The axis of its mean, variance or norm: when positions are removed, the results of the others change. */
  readonly averages?: AveragedAxis;
  /** Called once positions of an axis of this node are removed. */
  readonly change?: (kept: KeptPositions) => NodeChange;
}

export interface CouplingContext {
  readonly facts: NodeFacts;
  readonly path: string;
  readonly space: AtomSpace;
  /** Atoms of an input; `undefined` for one that is left out or of unknown rank. */
  atoms(input: number): ValueAtoms | undefined;
  /** Shape of an output as inference knows it. */
  outputShape(output: number): SymbolicShape | undefined;
  /** Elements of an input that are the same whatever free dimensions are; `null` for the others. */
  fixedElements(input: number): readonly (number | null)[] | undefined;
  /** The constant that an input reads, if it is one. */
  constant(input: number): Tensor | undefined;
  /**
   * Makes an element of an input that computes a shape follow the size of an axis when the axis loses positions. If the
   * axis is locked, the element stays. Returns false if neither is possible.
   */
  followSize(input: number, element: number, axis: AxisAtoms): boolean;
  /** Choices of the axis that may lose positions when several axes are joined or one is split. */
  readonly carriers: CarrierChoices;
  /** True if the node takes a mean for a normalization that is written as means and a root. */
  readonly isMeanOfNormalization: boolean;
  /** A lock at this node. */
  because(reason: string): Lock;
}

export type CouplingRule = (context: CouplingContext) => Coupling;

/** Integers of an input that are known before the model runs, and that others can take the place of. */
export function writableIntegers({ facts, constant }: CouplingContext, input: number): readonly number[] | undefined {
  const isStored = constant(input) !== undefined;
  return isStored || facts.elementType(input) === DataType.int64 ? facts.numbers(input) : undefined;
}

/** Sizes that enter a calculation, not a shape, stay unchanged: a scale of scores, or a number of steps. */
export function keepNumbers(context: CouplingContext, input: number): void {
  const count = context.facts.content(input)?.length ?? 0;
  for (let element = 0; element < count; element += 1) {
    context.followSize(input, element, context.because('It is used in a calculation.'));
  }
}

const sizesDiffer = 'Sizes that should be equal differ.';

/** Each channel of `a` goes together with the one at the same position of `b`. Locks both where their sizes differ. */
export function joinAxes(context: CouplingContext, a: AxisAtoms, b: AxisAtoms): void {
  context.space.join(a, b, context.because(sizesDiffer));
}

/** Locks every axis of the inputs, and says the same of the outputs. */
export function lockAll(context: CouplingContext, reason: string): Coupling {
  const lock = context.because(reason);
  context.facts.node.inputs.forEach((_, input) => {
    for (const axis of context.atoms(input) ?? []) context.space.lockAxis(axis, lock);
  });
  return { outputs: context.facts.node.outputs.map((_, output) => context.outputShape(output)?.map(() => lock)) };
}

/** Locks one axis and gives the lock. */
export function lockAxis(context: CouplingContext, axis: AxisAtoms, reason: string): Lock {
  const lock = isLock(axis) ? axis : context.because(reason);
  context.space.lockAxis(axis, lock);
  return lock;
}

/** Atoms of an axis where only a lock is known, so that it can stand beside others. */
export function atomsOfAxis(context: CouplingContext, axis: AxisAtoms, size: Size): AxisAtoms {
  if (!isLock(axis) || typeof size !== 'number') return axis;
  const atoms = context.space.fresh(size, context.path);
  context.space.lockAxis(atoms, axis);
  return atoms;
}

/** Aligns operands at the last axis, as NumPy does, couples axes that are not 1, and gives the axes of the result. */
export function broadcastAtoms(
  context: CouplingContext,
  operands: readonly { readonly atoms: ValueAtoms; readonly shape: SymbolicShape }[],
): ValueAtoms {
  const rank = Math.max(0, ...operands.map(({ atoms }) => atoms.length));
  return Array.from({ length: rank }, (_, axis) => {
    const present = operands.flatMap(({ atoms, shape }) => {
      const own = axis - rank + atoms.length;
      return own < 0 ? [] : [{ axis: atoms[own]!, size: shape[own] ?? null }];
    });
    const wide = present.filter(({ size }) => size !== 1);
    const [first = present[0]!, ...others] = wide;
    for (const other of others) joinAxes(context, first.axis, other.axis);
    // A lock of one operand holds for the result.
    return others.find((other) => isLock(other.axis))?.axis ?? first.axis;
  });
}
