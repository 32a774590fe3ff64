/** Einsum: axes with the same letter are one. */
import type { AxisAtoms } from '../../coupling/atoms';
import { letterSizes, parseEquation, type Equation } from '../einsum-equation';
import { joinAxes, lockAll, lockAxis, workOver, type CouplingRule, type WeightAxes } from './coupling-rule';

/**
 * A letter that is summed over may lose positions only if a stored weight has it. Products of two values (queries with keys) show nothing
 * about how much a position matters.
 */
export const coupleEinsum: CouplingRule = (context) => {
  const { facts } = context;
  const equation = parseEquation(facts);
  const sizes = equation && letterSizes(facts, equation);
  const operands = equation?.operands.map((letters, input) => ({ letters: [...letters], atoms: context.atoms(input) }));
  const fits = operands?.every(({ letters, atoms }) => atoms?.length === letters.length);
  if (!equation || !sizes || !fits)
    return lockAll(context, 'Its equation or the shape of one of its inputs is unknown.');
  const axes = new Map<string, AxisAtoms>();
  operands!.forEach(({ letters, atoms }, input) => {
    letters.forEach((letter, at) => {
      const isWide = facts.shape(input)?.[at] !== 1;
      const known = axes.get(letter);
      if (known === undefined || (isWide && sizes.get(letter) !== 1)) {
        if (known !== undefined) joinAxes(context, known, atoms![at]!);
        axes.set(letter, atoms![at]!);
      }
      if (letters.indexOf(letter) !== at) lockAxis(context, atoms![at]!, 'It uses their diagonal.');
    });
  });
  for (const [letter, axis] of axes) {
    const isStored = operands!.some(({ letters }, input) => letters.includes(letter) && context.constant(input));
    if (!equation.output.includes(letter) && !isStored) {
      lockAxis(context, axis, 'It sums over them without weights.');
    }
  }
  return {
    outputs: [[...equation.output].map((letter) => axes.get(letter) ?? context.because('It has one position.'))],
    weights: operands!.flatMap((_, input) => weightAxes(equation, input)),
    work: workOver(...axes.values()),
  };
};

/** One entry for each letter that an operand takes in or gives out; letters that both have and that stay count samples or heads. */
function weightAxes({ operands, output }: Equation, input: number): readonly WeightAxes[] {
  const letters = [...operands[input]!];
  const others = operands.filter((_, other) => other !== input).join('');
  const reads = input === 0 ? 1 : 0;
  const consumed = letters.flatMap((letter, axis) =>
    others.includes(letter) && !output.includes(letter) ? [axis] : [],
  );
  const produced = letters.flatMap((letter, axis) =>
    !others.includes(letter) && output.includes(letter) ? [axis] : [],
  );
  return Array.from({ length: Math.max(consumed.length, produced.length) }, (_, at) => ({
    input,
    reads,
    ...(consumed[at] !== undefined && { consumes: consumed[at] }),
    ...(produced[at] !== undefined && { produces: produced[at] }),
  }));
}
