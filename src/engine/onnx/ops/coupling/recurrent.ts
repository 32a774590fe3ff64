/** Recurrent layers: a unit has a row of every gate, a column that reads its own state, and its places in biases and states. */
import { isLock, type AxisAtoms } from '../../coupling/atoms';
import { intAttribute } from '../../attributes';
import { joinAxes, lockAll, lockAxis, type CouplingContext, type CouplingRule, type ValueAtoms } from './coupling-rule';

const inputs = { data: 0, weight: 1, recurrence: 2, bias: 3, hidden: 5, cell: 6, peephole: 7 } as const;

/**
 * W is [directions, gates · hidden, input], R [directions, gates · hidden, hidden], B [directions, 2 · gates · hidden],
 * and P [directions, 3 · hidden]. States end with [hidden]. Gates are one after the other. A unit is removed from both
 * directions at once, because their weights are in one tensor.
 */
export const coupleRecurrent =
  (gates: number): CouplingRule =>
  (context) => {
    const [data, weight, recurrence] = [inputs.data, inputs.weight, inputs.recurrence].map((input) =>
      context.atoms(input),
    );
    const sizes = context.facts.shape(inputs.recurrence);
    const [, rows, hidden] = sizes ?? [];
    const units = recurrence?.[2];
    const isKnown = data?.length === 3 && weight?.length === 3 && typeof hidden === 'number';
    if (!isKnown || units === undefined || isLock(units) || rows !== gates * hidden) {
      return lockAll(context, 'The shape of its input or weights is unknown.');
    }
    const directions = lockAxis(context, weight[0]!, 'It is the axis of directions.');
    lockAxis(context, recurrence![0]!, 'It is the axis of directions.');
    joinAxes(context, data[2]!, weight[2]!);
    for (const axis of [
      weight[1]!,
      recurrence![1]!,
      context.atoms(inputs.bias)?.[1],
      context.atoms(inputs.peephole)?.[1],
    ]) {
      if (axis !== undefined) uniteGates(context, axis, units);
    }
    for (const input of [inputs.hidden, inputs.cell]) {
      const state = context.atoms(input)?.at(-1);
      if (state !== undefined) joinAxes(context, state, units);
    }
    const isBatchFirst = context.facts.int('layout') === 1;
    const [first, second] = [data[0]!, data[1]!];
    const batch = isBatchFirst ? first : second;
    const all: ValueAtoms = isBatchFirst ? [batch, second, directions, units] : [first, directions, batch, units];
    const last: ValueAtoms = isBatchFirst ? [batch, directions, units] : [directions, batch, units];
    const given = context.facts.shape(inputs.weight)?.[2];
    const inputShare = typeof given === 'number' ? given / (given + hidden) : 0;
    return {
      outputs: context.facts.node.outputs.map((_, output) => (output === 0 ? all : last)),
      weights: [
        { input: inputs.weight, consumes: 2 },
        { input: inputs.recurrence, reads: 'own output', consumes: 2, produces: 1 },
      ],
      work: [
        { share: inputShare, axes: [weight[1]!, weight[2]!] },
        { share: 1 - inputShare, axes: [recurrence![1]!, units] },
      ],
      change: (kept) => ({
        attributes: [intAttribute('hidden_size', kept(units).length)],
      }),
    };
  };

function uniteGates(context: CouplingContext, axis: AxisAtoms, units: Int32Array): void {
  if (isLock(axis) || axis.length % units.length !== 0) {
    context.space.lockAxis(units, isLock(axis) ? axis : context.because('Its gates do not match its units.'));
    lockAxis(context, axis, 'Its gates do not match its units.');
    return;
  }
  axis.forEach((atom, at) => context.space.unite(atom, units[at % units.length]!));
}
