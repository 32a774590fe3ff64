import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { findCalledLabel, findEndingAsLabel } from '../label-names';
import { isTable } from '../data-formats';
import { joinedField } from './column-list';
import { readingOf, takesColumns } from './fit-shape';
import { identifiersAmong } from './identifier-columns';
import type { LabelMapping } from './mapping';

export interface SuggestedLabel {
  /** The name of the field. */
  readonly name: string;
  readonly mapping: NonNullable<LabelMapping>;
  /** A sentence. */
  readonly reason: string;
}

/**
 * Suggests the field of the labels. The first of these is chosen: boxes; the classes of folders; a field with the name of a
 * label; any classes; the only column of texts with as many different texts as an output has scores; a last column of
 * whole numbers. In a table with labels, every column of texts has classes, even `split`. A field with the name of an
 * input is never suggested. For a table the model decides if only one choice leaves as many columns as it takes. A
 * column that it needs is then no label, and the last other one is.
 */
export function suggestLabel(
  description: DatasetDescription,
  inputs: readonly InputDescription[],
  outputs: readonly InputDescription[] = [],
): SuggestedLabel | undefined {
  const { fields } = description;
  const boxes = fields.find(({ kind }) => kind === 'boxes');
  if (boxes !== undefined) {
    const { name, classes: names } = boxes;
    return {
      name,
      mapping: { array: name },
      reason: `Labels are boxes${names ? ` of ${names.length} ${names.length === 1 ? 'class' : 'classes'}` : ''}.`,
    };
  }
  const classes = fields.find(({ kind }) => kind === 'class');
  if (classes?.name === 'folder') {
    const count = classes.classes?.length ?? 0;
    const reason = `Labels are the names of the sub-folders: ${count} classes.`;
    return { name: classes.name, mapping: { folders: true }, reason };
  }
  const { needed, leftOver } = matchColumns(description, inputs);
  const candidates = fields.filter(
    (field) => isLabelLike(field) && !needed.includes(field.name) && inputs.every(({ name }) => name !== field.name),
  );
  const named = findCalledLabel(candidates);
  if (named !== undefined) return labelIn(named, ', by its name');
  if (classes !== undefined) return labelIn(classes, '');
  // A text column of a table whose name only ends like a label is as likely something else: `travel_class`.
  const ending = findEndingAsLabel(candidates.filter(({ kind }) => kind !== 'text' || !isTable(description.format)));
  if (ending !== undefined) return labelIn(ending, ', by its name');
  const answered = isTable(description.format) ? answeredTexts(candidates, outputs) : undefined;
  if (answered !== undefined) return answered;
  const last = candidates.find(({ looksLikeLabel }) => looksLikeLabel);
  if (last !== undefined) {
    return labelIn(last, ', the last column, which contains integers: check that it is the label');
  }
  const unnamed = candidates.find(({ name }) => name === leftOver);
  if (unnamed !== undefined) {
    return labelIn(unnamed, ', the last column, which the model does not need: check that it is the label');
  }
  const single = singleLeftOver(description, candidates, inputs);
  return single && labelIn(single, ', the only number of a sample that no input uses: check that it is the label');
}

function labelIn({ name }: DataField, why: string): SuggestedLabel {
  return { name, mapping: { array: name }, reason: `Labels are in "${name}"${why}.` };
}

/**
 * Texts may also be a feature that the model does not take. Only a text that can be the model's answer is the label.
 */
function answeredTexts(
  candidates: readonly DataField[],
  outputs: readonly InputDescription[],
): SuggestedLabel | undefined {
  const answerTo = ({ classes = [] }: DataField): InputDescription | undefined =>
    outputs.find(({ shape }) => classes.length > 1 && shape !== null && shape.at(-1) === classes.length);
  const fitting = candidates.filter((field) => field.kind === 'text' && answerTo(field) !== undefined);
  const [only] = fitting;
  if (only === undefined || fitting.length > 1) return undefined;
  const scores = `"${answerTo(only)!.name}" has scores`;
  return labelIn(only, `, the only texts with as many different values as ${scores}: check that it is the label`);
}

/** Finds the only array with one number for each sample, if every input can take one of the others. */
function singleLeftOver(
  { format, fields }: DatasetDescription,
  candidates: readonly DataField[],
  inputs: readonly InputDescription[],
): DataField | undefined {
  if (isTable(format) || format === 'onnx-test-data') return undefined;
  const singles = candidates.filter(({ shape }) => shape.length === 0 || (shape.length === 1 && shape[0] === 1));
  const [only] = singles;
  if (only === undefined || singles.length > 1) return undefined;
  const others = fields.filter((field) => field !== only);
  const isFed = ({ shape }: InputDescription): boolean =>
    shape !== null &&
    others.some((field) => readingOf(shape, field.shape, { isRecurrent: false, isTestData: false }) !== undefined);
  return inputs.length > 0 && inputs.length <= others.length && inputs.every(isFed) ? only : undefined;
}

interface ColumnMatch {
  /** No label: the model takes them all. */
  readonly needed: readonly string[];
  /** The label, if no other is found: the model takes one less. */
  readonly leftOver?: string | undefined;
}

function matchColumns(description: DatasetDescription, inputs: readonly InputDescription[]): ColumnMatch {
  const columns = joinedField(description)?.columns ?? [];
  // They feed nothing then, and the model takes all others.
  if (identifiersAmong(columns, inputs).length > 0) return { needed: columns };
  const takesAll = takesColumns(inputs, columns.length);
  const takesOneLess = takesColumns(inputs, columns.length - 1);
  if (takesAll === takesOneLess) return { needed: [] };
  return takesAll ? { needed: columns } : { needed: [], leftOver: columns.at(-1) };
}

/** A number, also as text, a word of known classes, or a one-hot vector. */
function isLabelLike({ kind, shape, classes, areNumbers, columns }: DataField): boolean {
  if (columns !== undefined) return false;
  // The readers describe single texts only.
  if (kind === 'text') return classes !== undefined || areNumbers === true;
  return (kind === 'numbers' || kind === 'class') && shape.length <= 1;
}
