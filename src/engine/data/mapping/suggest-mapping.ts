import { formatList } from '../../format';
import type { DataField, DatasetDescription } from '../dataset';
import type { InputDescription } from '../feeds';
import { imageLayoutOf, isStateInput } from '../free-dimensions';
import { hasGrowingCache, inputRoles, tokensInput, type InputRole } from '../decoder/input-roles';
import { answeringOutputs } from './answering-outputs';
import type { ModelSides } from './check-mapping';
import { arrayOfColumns, joinedField } from './column-list';
import { canBePicture, findLabelField } from './find-field';
import { describeUnfed } from './describe-unfed';
import { readingOf } from './fit-shape';
import { describeIdentifiers, identifiersAmong } from './identifier-columns';
import type { ArrayChoice, DataMapping, InputMapping, LabelMapping } from './mapping';
import { nextOutput } from '../decoder/next-output';
import { suggestOrderByNumber, type SuggestedOrder } from './numbered-classes';
import { recordedFields } from './recorded-outputs';
import { suggestImage } from './suggest-image';
import { suggestLabel, type SuggestedLabel } from './suggest-label';
import { suggestNextToken } from '../decoder/suggest-next-token';
import { suggestSound, usualSampleRateHz } from './suggest-sound';
import { suggestText } from './suggest-text';

export interface MappingSuggestion {
  readonly mapping: DataMapping;
  /** A sentence for each input and for the labels: why, or that nothing was found. */
  readonly reasons: readonly string[];
}

/** Integers that pictures of more than eight bits are kept in. */
const widePixels: ReadonlySet<string> = new Set(['int16', 'uint16', 'int32', 'uint32']);

interface ChosenSizes {
  /** Tokens of each text. */
  readonly textLength?: number | undefined;
}

interface Search extends ModelSides, ChosenSizes {
  readonly description: DatasetDescription;
  readonly labels: LabelMapping;
  /** Fields that inputs may still take: neither labels nor fields of other inputs. */
  readonly free: Set<DataField>;
  readonly isRecurrent: boolean;
  readonly roles: ReadonlyMap<string, InputRole>;
}

interface Found {
  readonly mapping: InputMapping;
  /** Continues "Input x …". */
  readonly reason: string;
  readonly field?: DataField;
}

/**
 * Names come first for all inputs. Otherwise an input could take, by its shape, the field that has the name of another
 * one.
 */
const searchOrder = [
  findByPosition,
  findByName,
  findCache,
  findMade,
  findState,
  findSampleRate,
  findPicture,
  findSound,
  findText,
  findByShape,
  findUsualConstant,
];

/**
 * Suggests how the data feeds the model, as a start for a person to correct. Fields that have the name of an input feed it; then pictures,
 * sounds, texts as tokens, and arrays whose shape fits. States are fed back from the output of the same shape. An input for which nothing
 * was found is absent from the mapping, and the reasons say so. Sizes that a person chose replace the suggested ones.
 */
export function suggestMapping(
  description: DatasetDescription,
  model: ModelSides,
  { textLength }: ChosenSizes = {},
): MappingSuggestion {
  const label = suggestLabel(description, model.inputs, model.outputs);
  const columns = (joinedField(description)?.columns ?? []).filter((column) => column !== label?.name);
  const identifiers = identifiersAmong(columns, model.inputs);
  const roles = inputRoles(model.inputs);
  const search: Search = {
    ...model,
    textLength,
    description,
    labels: label?.mapping ?? null,
    free: new Set(fieldsWithout(label, identifiers, description)),
    isRecurrent: model.inputs.some(
      (input) =>
        roles.get(input.name)?.kind !== 'cache' && isStateInput(input) && nextOutput(input, model) !== undefined,
    ),
    roles,
  };
  const found = new Map<string, Found>();
  for (const find of searchOrder) {
    for (const input of model.inputs) {
      if (found.has(input.name)) continue;
      const match = find(input, search);
      if (match === undefined) continue;
      found.set(input.name, match);
      if (match.field) search.free.delete(match.field);
    }
  }
  const inputs = model.inputs.flatMap(({ name }) => {
    const match = found.get(name);
    return match ? ([[name, match.mapping]] as const) : [];
  });
  const task = suggestNextToken(Object.fromEntries(inputs), label?.mapping ?? null, model);
  const mapping = { inputs: Object.fromEntries(inputs), labels: label?.mapping ?? null, ...(task && { task }) };
  const order = orderOfFolders(mapping, description, model);
  return {
    mapping: order === undefined ? mapping : { ...mapping, labels: { folders: true, classes: order.classes } },
    reasons: [
      ...model.inputs
        .filter(({ name }) => !isCache(found.get(name)))
        .map((input) => reasonFor(input, found.get(input.name), description)),
      ...describeCaches(model.inputs.filter(({ name }) => isCache(found.get(name)))),
      ...(task === undefined ? [] : [`Output "${task.output}" is evaluated by the next token that it predicts.`]),
      ...(identifiers.length === 0 ? [] : [describeIdentifiers(identifiers)]),
      ...(task !== undefined && label === undefined ? [] : [label?.reason ?? reasonWithoutLabels(description)]),
      ...(order === undefined ? [] : [order.reason]),
    ],
  };
}

function orderOfFolders(
  mapping: DataMapping,
  description: DatasetDescription,
  { outputs }: ModelSides,
): SuggestedOrder | undefined {
  if (mapping.labels === null || 'array' in mapping.labels) return undefined;
  const folders = findLabelField(description, mapping.labels)?.classes ?? [];
  return suggestOrderByNumber(folders, answeringOutputs(outputs, mapping));
}

/** Returns the fields that inputs can take. The field of all columns of a table keeps all but the label and identifiers. */
function fieldsWithout(
  label: SuggestedLabel | undefined,
  identifiers: readonly string[],
  { fields }: DatasetDescription,
): readonly DataField[] {
  return fields
    .filter(({ name, recordedOutput }) => name !== label?.name && recordedOutput === undefined)
    .map((field) => {
      const columns = field.columns?.filter((column) => column !== label?.name && !identifiers.includes(column));
      return columns === undefined ? field : { ...field, columns, shape: [columns.length] };
    })
    .filter(({ columns }) => columns?.length !== 0);
}

function arrayOf({ name, columns }: DataField, { description, labels }: Search): ArrayChoice {
  return columns === undefined ? name : arrayOfColumns(columns, description, labels);
}

function reasonWithoutLabels(description: DatasetDescription): string {
  if (description.labelProblem !== undefined) return description.labelProblem;
  const recorded = recordedFields(description).map(({ name }) => `"${name}"`);
  return recorded.length === 0
    ? 'No labels were found, so outputs can only be compared with the original’s.'
    : `No labels were found. Outputs are compared with those recorded in ${formatList(recorded)}.`;
}

function reasonFor(input: InputDescription, found: Found | undefined, description: DatasetDescription): string {
  return found === undefined
    ? `${describeUnfed(input, description)} Set its source.`
    : `Input "${input.name}" ${found.reason}.`;
}

/** ONNX test data calls its fields `input_0` … in the order of the model's inputs. */
function findByPosition(input: InputDescription, search: Search): Found | undefined {
  const { description, free, inputs, isRecurrent } = search;
  if (description.format !== 'onnx-test-data') return undefined;
  const wanted = `input_${inputs.indexOf(input)}`;
  const field = [...free].find(({ name }) => name === wanted);
  if (field === undefined || !isFedPlainly(field, input, isRecurrent, description)) return undefined;
  return {
    mapping: { array: field.name },
    field,
    reason: `uses "${field.name}": test data has its inputs in the order of the model`,
  };
}

function findByName(input: InputDescription, search: Search): Found | undefined {
  const { free, isRecurrent, description } = search;
  const named = [...free].find(({ name }) => name === input.name) ?? [...free].find((field) => isAlike(field, input));
  if (named === undefined || !isFedPlainly(named, input, isRecurrent, description)) return undefined;
  return {
    mapping: { array: arrayOf(named, search) },
    field: named,
    reason: `uses "${named.name}", which has the same name${conversionOf(named, input)}`,
  };
}

function isCache(found: Found | undefined): boolean {
  return found !== undefined && 'cache' in found.mapping;
}

/** A decoder has dozens of them. */
function describeCaches(inputs: readonly InputDescription[]): readonly string[] {
  const [first] = inputs;
  if (first === undefined) return [];
  const which =
    inputs.length === 1 ? `Input "${first.name}" is` : `${inputs.length} inputs, "${first.name}" first, are`;
  return [`${which} the cache of earlier tokens. It is empty, because each text is read from its beginning.`];
}

function findCache(input: InputDescription, search: Search): Found | undefined {
  const kind = search.roles.get(input.name)?.kind;
  if (kind === 'cache-switch') {
    return {
      mapping: { value: 0 },
      reason: 'chooses the branch without a cache: each text is read from its beginning',
    };
  }
  const output = kind === 'cache' ? nextOutput(input, search) : undefined;
  return output && { mapping: { cache: output.name }, reason: 'is a cache' };
}

function findMade(input: InputDescription, { roles, inputs }: Search): Found | undefined {
  const kind = roles.get(input.name)?.kind;
  // Texts of models without a cache are padded, so their mask comes from the tokenizer.
  if (kind !== 'positions' && !(kind === 'mask' && hasGrowingCache(inputs))) return undefined;
  const tokens = tokensInput(inputs);
  if (tokens === undefined) return undefined;
  return kind === 'mask'
    ? { mapping: { made: 'mask' }, reason: `is a mask: ones, as many as tokens in "${tokens.name}"` }
    : {
        mapping: { made: 'positions' },
        reason: `holds positions: 0, 1, 2 and so on for the tokens of "${tokens.name}"`,
      };
}

/** Counts that are fed back, such as the frames that an encoder has seen. */
const countNames = /len|state|cache|step|offset|processed/i;

function findState(input: InputDescription, search: Search): Found | undefined {
  if (!isStateInput(input) && !(/^int(32|64)$/.test(input.dtype) && countNames.test(input.name))) return undefined;
  const output = nextOutput(input, search);
  if (output === undefined) return undefined;
  return {
    mapping: { state: output.name },
    reason: `is a state: it starts with zeros and uses the output "${output.name}" of the step before`,
  };
}

function findSampleRate({ name, shape }: InputDescription): Found | undefined {
  if (!/^(sr|sample_?rate|sampling_?rate)$/i.test(name) || (shape?.length ?? 0) > 1) return undefined;
  return {
    mapping: { value: usualSampleRateHz },
    reason: `is a sample rate by its name: ${usualSampleRateHz}, usual for speech models`,
  };
}

function findPicture(input: InputDescription, search: Search): Found | undefined {
  // An array of bytes is a picture only to an input that looks like one; picture files are nothing else.
  const candidates = [...search.free].filter(canBePicture);
  const field = candidates.find(({ kind }) => kind === 'picture') ?? candidates[0];
  if (field === undefined) return undefined;
  const isOnly = search.description.fields.filter(canBePicture).length === 1;
  const hasBoxes = search.description.fields.some(({ kind }) => kind === 'boxes');
  const suggested = suggestImage(input, field, { hasBoxes, outputs: search.outputs });
  if (suggested === undefined) return undefined;
  const image = isOnly ? suggested.image : { ...suggested.image, array: field.name };
  return { mapping: { image }, field, reason: `uses the images of "${field.name}": ${suggested.why}` };
}

function findSound(input: InputDescription, { free, description, isRecurrent }: Search): Found | undefined {
  const field = [...free].find(({ kind }) => kind === 'sound');
  const suggested = field && suggestSound(input, isRecurrent);
  if (field === undefined || suggested === undefined) return undefined;
  const isOnly = description.fields.filter(({ kind }) => kind === 'sound').length === 1;
  const sound = isOnly ? suggested.sound : { ...suggested.sound, array: field.name };
  return { mapping: { sound }, field, reason: `uses the sounds of "${field.name}": ${suggested.why}` };
}

function findText(input: InputDescription, search: Search): Found | undefined {
  const suggested = suggestText(input, search);
  return suggested && { mapping: { text: suggested.text }, reason: suggested.why };
}

function findByShape(input: InputDescription, search: Search): Found | undefined {
  const { free, isRecurrent, description } = search;
  if (input.shape === null) return undefined;
  const fitting = [...free].filter((field) => isFedPlainly(field, input, isRecurrent, description));
  const field = fitting.find(({ dtype }) => dtype === input.dtype) ?? fitting[0];
  if (field === undefined) return undefined;
  const others = fitting.filter((each) => each !== field).map(({ name }) => `"${name}"`);
  const choice =
    others.length === 0 ? 'the only field whose shape fits' : `whose shape fits, like ${formatList(others)}`;
  return {
    mapping: { array: arrayOf(field, search) },
    field,
    reason: `uses "${field.name}", ${choice}${conversionOf(field, input)}`,
  };
}

/** Suggests a constant for an input that no field of the data fits. */
function findUsualConstant(input: InputDescription): Found | undefined {
  if (/mask/i.test(input.name)) {
    return { mapping: { value: 1 }, reason: 'is a mask by its name: ones, so nothing is masked' };
  }
  if (/token_?type|segment/i.test(input.name)) {
    return { mapping: { value: 0 }, reason: 'identifies segments by its name: zeros, as for one segment' };
  }
  if (!isStateInput(input)) return undefined;
  return { mapping: { value: 0 }, reason: 'looks like a state, but no output has its shape, so it gets zeros' };
}

function isFedPlainly(
  { kind, dtype, shape }: DataField,
  input: InputDescription,
  isRecurrent: boolean,
  { format }: DatasetDescription,
): boolean {
  if (kind === 'picture' || kind === 'sound' || kind === 'class' || kind === 'boxes') return false;
  if ((dtype === 'string') !== (input.dtype === 'string')) return false;
  const isTestData = format === 'onnx-test-data';
  return readingOf(input.shape, shape, { isRecurrent, isTestData }) !== undefined;
}

function conversionOf({ dtype }: DataField, input: InputDescription): string {
  if (dtype === input.dtype) return '';
  const isLarge = imageLayoutOf(input) !== undefined && widePixels.has(dtype) && input.dtype.startsWith('float');
  const isOfPixels = imageLayoutOf(input) !== undefined && dtype === 'uint8' && input.dtype.startsWith('float');
  const doubt = isLarge
    ? ', but image models usually need small numbers: check whether it needs "scale"'
    : isOfPixels
      ? ': check that the model was trained with 0 to 255, or evaluate with labels to find out'
      : '';
  return `; its ${dtype} is converted to ${input.dtype} without scaling${doubt}`;
}

function isAlike({ name }: DataField, input: InputDescription): boolean {
  const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');
  return bare(name) !== '' && bare(name) === bare(input.name);
}
