/** How an operator couples the positions of its axes: what a rule is told and what it says. */
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

/** What a node needs besides narrower weights. */
export interface NodeChange {
  /** Take the place of those of the same name; the names in `without` go. */
  readonly attributes?: readonly Attribute[];
  readonly without?: readonly string[];
  /** New elements of constant int64 inputs, by input; an input beyond the last is added. */
  readonly integers?: ReadonlyMap<number, readonly number[]>;
}

/** A matrix that a node multiplies with: which axis of that input takes channels in, and which gives channels out. */
export interface WeightAxes {
  readonly input: number;
  /** What it is multiplied with: an input, the first unless it is said, or what the node itself gave a step before. */
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

/** An axis of what a node normalizes. */
export interface AveragedAxis {
  readonly atoms: AxisAtoms;
  /** From the front. */
  readonly axis: number;
}

export interface Coupling {
  /** Of each output in order; `undefined` where not even the rank is known. */
  readonly outputs: readonly (ValueAtoms | undefined)[];
  readonly weights?: readonly WeightAxes[];
  /** What its multiplications are made of. */
  readonly work?: readonly WorkTerm[];
  /** What it takes a mean, a variance or a norm over: when positions go, results of those that stay are others. */
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
   * Sees to it that an element of an input that computes a shape is the size of an axis when that loses positions, or stays where
   * the axis is locked; false where nothing can be done.
   */
  followSize(input: number, element: number, axis: AxisAtoms): boolean;
  /** Which of several axes that become one, or that one becomes, may lose positions. */
  readonly carriers: CarrierChoices;
  /** Whether the node takes a mean for a normalization that is written as means and a root. */
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

/** Sizes that are calculated with, not used as sizes, stay what they are: a scale of scores, how far to count. */
export function keepNumbers(context: CouplingContext, input: number): void {
  const count = context.facts.content(input)?.length ?? 0;
  for (let element = 0; element < count; element += 1) {
    context.followSize(input, element, context.because('It is used in a calculation.'));
  }
}

const sizesDiffer = 'Sizes that should be equal differ.';

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

/** Aligns operands at the last axis, as NumPy does, couples what is not 1, and gives the axes of the result. */
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
    // A lock of one operand holds for what comes out.
    return others.find((other) => isLock(other.axis))?.axis ?? first.axis;
  });
}
