import { isParetoError, ParetoError } from '../../errors';
import { formatList } from '../../format';
import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { floatTypes } from '../tensor-numbers';
import { fedLabels, withListedColumns } from './column-list';
import { convertTensor } from './convert-tensor';
import { createInputSource } from './create-input-source';
import { findLabelField } from './find-field';
import { describeMissingTokenizer } from './describe-unfed';
import { fitShape, formatShape } from './fit-shape';
import { cacheAxisOf, tokensBeside } from '../decoder/made-inputs';
import type { DataMapping, EvaluationTask } from './mapping';
import { isNumber, isOfNumbers } from './sample-label';
import { createSampleFeeder } from './sample-feeds';

/** The most classes of a long list that a sentence names. */
const mostNamed = 5;

/** The model's side of a mapping. */
export interface ModelSides {
  readonly inputs: readonly InputDescription[];
  readonly outputs: readonly InputDescription[];
}

/**
 * Lists the reasons why this mapping cannot feed this data to this model, a sentence each; empty if there is none. A sample may still not
 * fit: that is found when it is read.
 */
export function checkMapping(
  given: DataMapping,
  description: DatasetDescription,
  { inputs, outputs }: ModelSides,
): readonly string[] {
  const mapping = withListedColumns(given, description);
  const problems = [
    ...checkInputs(mapping, description, { inputs, outputs }),
    ...checkLabels(mapping, description),
    ...fedLabels(mapping),
    ...checkOutputKinds(mapping, outputs),
  ];
  if (mapping.task !== undefined) problems.push(...checkTask(mapping.task, mapping, outputs));
  if (problems.length > 0) return problems;
  // The feeder checks rules that concern several inputs together.
  return problemsOf(() => createSampleFeeder({ mapping, description, inputs, freeDimensions: {} }));
}

function checkInputs(mapping: DataMapping, description: DatasetDescription, model: ModelSides): string[] {
  const known = new Set(model.inputs.map(({ name }) => name));
  const unknown = Object.keys(mapping.inputs).filter((name) => !known.has(name));
  return [
    ...unknown.map(
      (name) => `The model has no input "${name}". It has ${formatList([...known].map((each) => `"${each}"`))}.`,
    ),
    ...model.inputs.flatMap((input) => checkInput(input, mapping, description, model)),
  ];
}

/** Lists the reasons why one input cannot be fed, in the form of `checkMapping`. `mapping`: with its columns listed. */
export function checkInput(
  input: InputDescription,
  { inputs: mapped }: Pick<DataMapping, 'inputs'>,
  description: DatasetDescription,
  { inputs, outputs }: ModelSides,
): readonly string[] {
  const each = Object.hasOwn(mapped, input.name) ? mapped[input.name] : undefined;
  if (each === undefined) {
    const [remedy = 'Set its source.'] = describeMissingTokenizer(input, description);
    return [`The mapping has no entry for input "${input.name}". ${remedy}`];
  }
  if ('state' in each) return checkState(input, each.state, outputs);
  if ('cache' in each) {
    const problems = checkState(input, each.cache, outputs);
    return problems.length > 0 ? problems : problemsOf(() => cacheAxisOf(input, inputs));
  }
  if ('made' in each) return problemsOf(() => tokensBeside(input, inputs));
  if ('value' in each) return problemsOf(() => checkValue(input, each.value));
  const isRecurrent = Object.values(mapped).some((other) => 'state' in other);
  return problemsOf(() => createInputSource(input, each, { description, isRecurrent }));
}

function checkOutputKinds({ outputs: kinds = {} }: DataMapping, outputs: readonly InputDescription[]): string[] {
  return Object.entries(kinds).flatMap(([wanted, kind]) => {
    const output = outputs.find(({ name }) => name === wanted);
    if (output === undefined) {
      return `The model has no output "${wanted}". It has ${formatList(outputs.map(({ name }) => `"${name}"`))}.`;
    }
    const holds = output.dtype === 'string' ? 'texts' : floatTypes.has(output.dtype) ? 'floats' : 'integers';
    const isPossible = holds === 'floats' ? kind !== 'texts' : kind === (holds === 'texts' ? 'texts' : 'regression');
    return isPossible ? [] : `Output "${wanted}" contains ${holds}, so it cannot be of the kind "${kind}".`;
  });
}

function checkState(input: InputDescription, wanted: string, outputs: readonly InputDescription[]): string[] {
  const output = outputs.find(({ name }) => name === wanted);
  if (output === undefined) {
    const known = formatList(outputs.map(({ name }) => `"${name}"`));
    return [`The model has no output "${wanted}" to feed back to "${input.name}". It has ${known}.`];
  }
  if (output.dtype !== input.dtype) {
    return [
      `Output "${wanted}" is ${output.dtype}; input "${input.name}", to which it is fed back, is ${input.dtype}.`,
    ];
  }
  if (haveSameShape(input, output)) return [];
  return [
    `Output "${wanted}" has shape ${formatShape(output.shape ?? [])}; input "${input.name}", to which it is fed back, has ${formatShape(input.shape ?? [])}.`,
  ];
}

/** True if an output can be fed back: sizes that both state are equal. */
export function haveSameShape({ shape: a }: InputDescription, { shape: b }: InputDescription): boolean {
  if (a === null || b === null) return true;
  const sizes = b.map((entry) => (typeof entry === 'number' && entry >= 0 ? entry : null));
  return a.length === b.length && fitShape(a, sizes) !== undefined;
}

function checkValue({ name, dtype }: InputDescription, value: number): void {
  const single = { dtype: 'float64', dims: [1], data: Float64Array.of(value) };
  convertTensor(single, dtype, `The value of input "${name}"`);
}

function checkLabels({ labels, task }: DataMapping, description: DatasetDescription): string[] {
  return problemsOf(() => {
    const field = findLabelField(description, labels);
    if (field === undefined) return;
    if (field.kind === 'picture' || field.kind === 'sound') {
      throw new ParetoError(
        'mapping/labels',
        `The field "${field.name}" contains ${field.kind}s, which cannot be labels.`,
      );
    }
    if (task?.kind === 'transcription') checkCharacters(field, labels?.classes);
    else checkClasses(field, labels?.classes);
    if (task?.kind === 'binary') checkPositive(task.positive, field, labels?.classes);
  });
}

function checkCharacters({ name, kind, dtype, classes }: DataField, characters: readonly string[] | undefined): void {
  if (kind !== 'text' && dtype !== 'string' && classes === undefined) {
    throw new ParetoError('mapping/labels', `The field "${name}" contains no texts, which a transcription needs.`);
  }
  if (characters === undefined) {
    throw new ParetoError(
      'mapping/classes',
      'A transcription needs the characters of the output, in its order, as "classes" of the labels.',
    );
  }
}

/** A class of the data that the order lacks skips samples; an order that has none of them was meant for other data. */
function checkClasses({ name, classes }: DataField, order: readonly string[] | undefined): void {
  if (order === undefined || classes === undefined) return;
  const known = new Set(order);
  if (classes.some((each) => known.has(each))) return;
  throw new ParetoError(
    'mapping/classes',
    `The class order contains none of the classes of "${name}", which are ${firstOf(classes)}. Write them as in the data.`,
  );
}

/** A value that cannot be a label would make every answer no. */
function checkPositive(positive: string | undefined, field: DataField, order: readonly string[] | undefined): void {
  if (positive === undefined) return;
  const known = order ?? field.classes;
  const canBeLabel = known === undefined ? !isOfNumbers(field) || isNumber(positive) : known.includes(positive);
  if (canBeLabel) return;
  const why =
    known === undefined ? `not a number, but the labels in "${field.name}" are` : `not one of ${firstOf(known)}`;
  throw new ParetoError('mapping/classes', `The positive class "${positive}" is ${why}.`);
}

function firstOf(names: readonly string[]): string {
  const shown = names.slice(0, mostNamed).map((name) => `"${name}"`);
  return names.length > shown.length ? `${shown.join(', ')} and so on` : formatList(shown);
}

function checkTask(task: EvaluationTask, { labels }: DataMapping, outputs: readonly InputDescription[]): string[] {
  if (task.kind === 'match') return [];
  const problems: string[] = [];
  if (labels === null && task.kind !== 'next-token')
    problems.push(`The task is ${task.kind}, which needs labels, but no label field is mapped.`);
  if (outputs.every(({ name }) => name !== task.output)) {
    const known = formatList(outputs.map(({ name }) => `"${name}"`));
    problems.push(`The model has no output "${task.output}" to evaluate. It has ${known}.`);
  }
  return problems;
}

function problemsOf(check: () => unknown): string[] {
  try {
    check();
    return [];
  } catch (error) {
    if (isParetoError(error)) return [error.message];
    throw error;
  }
}
