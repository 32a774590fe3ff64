import type { EvaluationTask } from '../data/mapping/mapping';
import { formatCount } from '../format';
import { classOfLabel } from '../data/mapping/sample-label';

/** The most characters of a text that is compared. The time grows with the characters times the steps of the output. */
const mostCharacters = 10_000;

/**
 * Explains in a sentence why the label of a sample does not fit an output of `width` numbers per sample. `undefined` if
 * it fits. `names` are the class names in the order of their numbers, if the data has some. The label of next tokens is
 * the text's tokens, and that of a transcription its characters.
 */
export function labelProblem(
  { kind }: Pick<EvaluationTask, 'kind'>,
  label: Float64Array,
  width: number,
  names?: readonly string[],
): string | undefined {
  switch (kind) {
    case 'classification':
      return classProblem(label, width, names);
    case 'binary':
      return label.length === 1 && (label[0] === 0 || label[0] === 1)
        ? undefined
        : `Its label is ${Array.from(label, (each) => withName(each, names)).join(', ')}; a yes/no label must be 1 or 0.`;
    case 'regression':
      return label.every(Number.isFinite) ? undefined : 'Its label is not a number.';
    case 'next-token':
      return textProblem(label, width);
    case 'transcription':
      return label.length <= mostCharacters
        ? undefined
        : `Its text has ${formatCount(label.length)} characters, more than ${formatCount(mostCharacters)}.`;
    case 'retrieval':
      return label.length === 1 ? undefined : `Its label has ${formatCount(label.length)} numbers, not one.`;
    case 'detection':
    case 'match':
      return undefined;
  }
}

/** `width`: numbers of the output, for all tokens of the text together. */
function textProblem(tokens: Float64Array, width: number): string | undefined {
  if (tokens.length < 2) return 'Its text has fewer than two tokens, so there is no next token to predict.';
  const vocabulary = width / tokens.length;
  if (!Number.isInteger(vocabulary)) return 'The output does not have one row for each token of the text.';
  const unknown = tokens.find((token) => !(token >= 0 && token < vocabulary));
  if (unknown === undefined) return undefined;
  return `Its token ${unknown} is not one of the output's ${vocabulary} tokens, 0 to ${vocabulary - 1}.`;
}

function classProblem(label: Float64Array, width: number, names: readonly string[] | undefined): string | undefined {
  const own = classOfLabel(label);
  if (own === null) {
    return label.length === 1
      ? `Its label ${label[0]} is not a class number: 0, 1, 2 and so on.`
      : `Its label of ${label.length} numbers is not one-hot: a single 1, and 0 elsewhere.`;
  }
  if (width === 1 || own < width) return undefined;
  return `Its label ${withName(own, names)} is not one of the output's ${width} classes, 0 to ${width - 1}.`;
}

function withName(label: number, names: readonly string[] | undefined): string {
  const name = names?.[label];
  return name === undefined ? String(label) : `"${name.slice(0, 60)}" (class ${label})`;
}
