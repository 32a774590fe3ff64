/** Answers questions about a mapping, and changes it to another kind on request. Pure. */
import type { DataField, DatasetDescription } from '../../../engine/data/dataset';
import type { InputDescription } from '../../../engine/data/feeds';
import { inputRoles, tokensInput } from '../../../engine/data/decoder/input-roles';
import { answeringOutputs } from '../../../engine/data/mapping/answering-outputs';
import { canBePicture } from '../../../engine/data/mapping/find-field';
import { withListedColumns } from '../../../engine/data/mapping/column-list';
import { checkInput, checkMapping } from '../../../engine/data/mapping/check-mapping';
import {
  type BoxLayout,
  type DataMapping,
  type EvaluationTask,
  type ImagePreprocessing,
  type InputMapping,
  type LabelMapping,
} from '../../../engine/data/mapping/mapping';
import { tokensFor } from '../../../engine/data/mapping/suggest-text';
import { imagePresets, type ImagePreset, type PictureTarget } from '../../../engine/data/pictures/presets';
import { detectTask, rowWidth, type DetectedTask, type KnownLabels } from '../../../engine/data/mapping/detect-task';
import { warnOfNamedClasses } from '../../../engine/metrics/accuracy-warnings';
import type { AccuracyWarning } from '../../../engine/metrics/evaluation';
import type { ModelInterface } from '../../jobs/jobs';

export type InputKind = 'array' | 'image' | 'sound' | 'text' | 'value' | 'state' | 'cache' | 'made';

export function kindOfInput(mapping: InputMapping): InputKind {
  if ('image' in mapping) return 'image';
  if ('sound' in mapping) return 'sound';
  if ('text' in mapping) return 'text';
  if ('value' in mapping) return 'value';
  if ('cache' in mapping) return 'cache';
  if ('made' in mapping) return 'made';
  return 'state' in mapping ? 'state' : 'array';
}

/** Fields that an input of this kind can take its values from. */
export function fieldsForKind({ fields, tokenizer }: DatasetDescription, kind: InputKind): readonly DataField[] {
  if (kind === 'image') return fields.filter(canBePicture);
  if (kind === 'sound') return fields.filter((field) => field.kind === 'sound');
  // Only a tokenizer turns texts into numbers.
  if (kind === 'text') return tokenizer === undefined ? [] : fields.filter((field) => field.kind === 'text');
  if (kind === 'array') return fields.filter((field) => field.kind === 'numbers' || field.kind === 'class');
  return [];
}

/** Kinds that the data offers something for, and those that need no data as far as the model can take them. */
export function possibleKinds(
  description: DatasetDescription,
  input: InputDescription,
  inputs: readonly InputDescription[],
): readonly InputKind[] {
  const kinds: readonly InputKind[] = ['array', 'image', 'sound', 'text'];
  const tokens = tokensInput(inputs);
  return [
    ...kinds.filter((kind) => fieldsForKind(description, kind).length > 0),
    'value',
    'state',
    ...(inputRoles(inputs).get(input.name)?.kind === 'cache' ? ['cache' as const] : []),
    ...(tokens === undefined || tokens.name === input.name ? [] : ['made' as const]),
  ];
}

function sizeOr(size: unknown, otherwise: number): number {
  return typeof size === 'number' && size > 0 ? size : otherwise;
}

/** The size for models that leave the size of their pictures open: most classifiers of pictures take it. */
const usualSide = 224;

/** The picture that an input takes, by its shape: channels are 1 or 3. */
export function pictureTarget({ shape }: Pick<InputDescription, 'shape'>): PictureTarget {
  const ofSample = (shape ?? []).slice(shape?.length === 2 ? 0 : 1);
  const isLast =
    ofSample.length === 3 && ofSample[0] !== 1 && ofSample[0] !== 3 && (ofSample[2] === 1 || ofSample[2] === 3);
  const [channels, height, width] = isLast
    ? [ofSample[2], ofSample[0], ofSample[1]]
    : ofSample.length === 2
      ? [1, ...ofSample]
      : ofSample;
  return {
    width: sizeOr(width, usualSide),
    height: sizeOr(height, usualSide),
    layout: isLast ? 'NHWC' : 'NCHW',
    channels: channels === 1 ? 1 : 3,
  };
}

/** The picture that a preprocessing makes. */
export function targetOf({ width, height, layout, channels }: ImagePreprocessing): PictureTarget {
  return { width, height, layout, channels: channels === 'gray' ? 1 : 3 };
}

/** The preset that a preprocessing equals; `null` when it was edited. */
export function presetOf(image: ImagePreprocessing): ImagePreset | null {
  const { array: _array, ...own } = image;
  const target = targetOf(image);
  return imagePresets.find((preset) => sameSettings(preset.create(target), own)) ?? null;
}

function sameSettings(a: ImagePreprocessing, b: ImagePreprocessing): boolean {
  const keys = [...new Set([...Object.keys(a), ...Object.keys(b)])] as (keyof ImagePreprocessing)[];
  return keys.every((key) => JSON.stringify(a[key]) === JSON.stringify(b[key]));
}

const usualSampleRateHz = 16_000;

/** The initial mapping when a person chooses another kind for an input: the suggestion if it is of that kind. */
export function startingMapping(
  kind: InputKind,
  input: InputDescription,
  {
    description,
    suggested,
    outputs,
  }: {
    readonly description: DatasetDescription;
    readonly suggested: InputMapping | undefined;
    readonly outputs: ModelInterface['outputs'];
  },
): InputMapping {
  if (suggested !== undefined && kindOfInput(suggested) === kind) return suggested;
  const field = fieldsForKind(description, kind)[0]?.name;
  switch (kind) {
    case 'image':
      return {
        image: { ...imagePresets[0]!.create(pictureTarget(input)), ...(field !== undefined && { array: field }) },
      };
    case 'sound': {
      const samples = sizeOr(input.shape?.at(-1), usualSampleRateHz);
      return { sound: { sampleRateHz: usualSampleRateHz, samples, ...(field !== undefined && { array: field }) } };
    }
    case 'text': {
      const { length } = tokensFor(input, description.tokenizer?.length);
      return { text: { gives: 'input_ids', length, ...(field !== undefined && { array: field }) } };
    }
    case 'value':
      return { value: 0 };
    case 'state':
      return { state: outputs[0]?.name ?? '' };
    case 'cache':
      return { cache: outputs[0]?.name ?? '' };
    case 'made':
      return { made: /position/i.test(input.name) ? 'positions' : 'mask' };
    case 'array':
      return { array: field ?? '' };
  }
}

/**
 * Sentences about parts that do not fit, shown beside the control that can correct them. The preview reports the
 * problems that only a sample shows.
 */
export interface MappingProblems {
  /** Problems by input. */
  readonly inputs: Readonly<Record<string, string | null>>;
  /** Problems of labels, the task, or inputs together. */
  readonly others: readonly string[];
  /** There is none of them. */
  readonly fits: boolean;
}

export function mappingProblems(
  mapping: DataMapping,
  description: DatasetDescription,
  model: ModelInterface,
): MappingProblems {
  const listed = withListedColumns(mapping, description);
  const ofInputs = model.inputs.map(
    (input) => [input.name, checkInput(input, listed, description, model)[0] ?? null] as const,
  );
  const known = new Set(ofInputs.map(([, problem]) => problem));
  const others = checkMapping(mapping, description, model).filter((problem) => !known.has(problem));
  const fits = others.length === 0 && ofInputs.every(([, problem]) => problem === null);
  return { inputs: Object.fromEntries(ofInputs), others, fits };
}

export type TaskKind = EvaluationTask['kind'];

/** The task that a person chose or a run found, or the part of it that is known before that. */
export type KnownTask = EvaluationTask | DetectedTask;

/** The tasks that can evaluate the outputs. Without labels, outputs can only be compared, or predict the tokens of texts. */
export function possibleTasks({ labels, inputs }: DataMapping, known: KnownLabels | null = null): readonly TaskKind[] {
  const writes = Object.values(inputs).some((input) => 'cache' in input) ? (['next-token'] as const) : [];
  if (labels === null) return [...writes, 'match'];
  if (known?.areBoxes) return ['detection', 'match'];
  const areTexts = known?.dtype === 'string' || known?.classes !== undefined;
  const reads = areTexts ? (['transcription'] as const) : [];
  return ['classification', 'binary', 'regression', 'retrieval', ...reads, ...writes, 'match'];
}

/** States a fact about the boxes of a detector; `undefined`: it is detected. */
export function withBoxes(
  { boxes: before = {}, ...mapping }: DataMapping,
  key: keyof BoxLayout,
  value: BoxLayout[keyof BoxLayout] | undefined,
): DataMapping {
  const { [key]: _before, ...others } = before;
  const boxes = value === undefined ? others : { ...others, [key]: value };
  return { ...mapping, ...(Object.keys(boxes).length > 0 && { boxes }) };
}

/** The field that labels are read from. */
export function labelField(labels: LabelMapping, fields: readonly DataField[]): DataField | undefined {
  if (labels === null) return undefined;
  return fields.find((each) => ('array' in labels ? each.name === labels.array : each.kind === 'class'));
}

/** Returns the known facts about the labels before any of them is read. */
export function declaredLabels(labels: LabelMapping, { fields }: DatasetDescription): KnownLabels | null {
  const field = labelField(labels, fields);
  if (labels === null || field === undefined) return null;
  if (field.kind === 'boxes') return { areBoxes: true, dtype: field.dtype, width: Number.NaN };
  const width = field.shape.reduce<number>((product, size) => product * (size ?? 1), 1);
  return { dtype: field.dtype, width, classes: (labels.classes ?? field.classes)?.length };
}

/** A task that needs labels goes with them. */
export function withoutLabels({ task, ...rest }: DataMapping): DataMapping {
  return { ...rest, labels: null, ...(task?.kind === 'next-token' && { task }) };
}

/** Warns of more named classes than the evaluated output has scores. Names and shapes say so before the model runs. */
export function warnOfClasses(
  mapping: DataMapping,
  description: DatasetDescription,
  outputs: ModelInterface['outputs'],
): AccuracyWarning | undefined {
  const { labels } = mapping;
  const names = labels?.classes ?? labelField(labels, description.fields)?.classes;
  const task = mapping.task ?? detectedTask(mapping, declaredLabels(labels, description), outputs);
  if (names === undefined || task.kind !== 'classification') return undefined;
  const output = outputs.find(({ name }) => name === task.output);
  return output && warnOfNamedClasses(names, rowWidth(output));
}

/** Returns the task that fits the labels and the described outputs. */
export function detectedTask(
  mapping: DataMapping,
  labels: KnownLabels | null,
  outputs: ModelInterface['outputs'],
): DetectedTask {
  return detectTask(answeringOutputs(outputs, mapping), labels);
}

/** The task of another kind, on the same output. The threshold of yes stays the same. */
export function taskOfKind(kind: TaskKind, before: KnownTask, firstOutput: string): EvaluationTask {
  const output = before.kind === 'match' ? firstOutput : before.output;
  if (kind === 'match') return { kind };
  if (kind !== 'binary') return { kind, output };
  return { kind, output, threshold: 'threshold' in before ? before.threshold : 0.5 };
}

/**
 * The task on another output: the chosen one. Otherwise it is the task that fits that output, or a task of the former
 * kind.
 */
export function taskOnOutput(
  output: ModelInterface['outputs'][number],
  before: KnownTask,
  mapping: DataMapping,
  labels: KnownLabels | null,
): EvaluationTask {
  const { name } = output;
  if (mapping.task !== undefined && mapping.task.kind !== 'match') return { ...mapping.task, output: name };
  const detectedKind = detectedTask(mapping, labels, [output]).kind;
  const kind = detectedKind === 'match' ? before.kind : detectedKind;
  return taskOfKind(kind, before.kind === 'match' ? before : { ...before, output: name }, name);
}
