import type { EvaluationTask } from '../data/mapping/mapping';
import { classOfLabel } from '../data/mapping/sample-label';

/** Why a sample's label cannot judge an output of `width` numbers per sample: a sentence. `undefined` when it can. */
export function labelProblem(
  { kind }: Pick<EvaluationTask, 'kind'>,
  label: Float64Array,
  width: number,
): string | undefined {
  switch (kind) {
    case 'classification':
      return classProblem(label, width);
    case 'binary':
      return label.length === 1 && (label[0] === 0 || label[0] === 1)
        ? undefined
        : `Its label is ${label.join(', ')}; yes or no takes 1 or 0.`;
    case 'regression':
      return label.every(Number.isFinite) ? undefined : 'Its label is not a number.';
    case 'match':
      return undefined;
  }
}

function classProblem(label: Float64Array, width: number): string | undefined {
  const own = classOfLabel(label);
  if (own === null) {
    const shown = label.length === 1 ? `Its label ${label[0]}` : 'Its label';
    return `${shown} is not the number of a class: 0, 1, 2 and so on.`;
  }
  if (width === 1 || own < width) return undefined;
  return `Its label ${own} is none of the output's ${width} classes, 0 to ${width - 1}.`;
}
