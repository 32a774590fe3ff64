/** Options that say what the data is and which of its samples are meant; the same for every command that takes data. */
import { arrayFormatNames } from '../../src/engine/data/data-formats';
import type { Dataset, DatasetDescription, ReadContext } from '../../src/engine/data/dataset';
import { applyPreset } from '../../src/engine/data/mapping/apply-preset';
import { assertMapping } from '../../src/engine/data/mapping/assert-mapping';
import type { ModelSides } from '../../src/engine/data/mapping/check-mapping';
import { parseClassList } from '../../src/engine/data/mapping/class-list';
import { findLabelField } from '../../src/engine/data/mapping/find-field';
import { standardizeInputs } from '../../src/engine/data/mapping/input-statistics';
import { mostTokens, type DataMapping } from '../../src/engine/data/mapping/mapping';
import { parseMappingText } from '../../src/engine/data/mapping/mapping-schema';
import { scalableKind } from '../../src/engine/data/mapping/scalable-inputs';
import { suggestMapping } from '../../src/engine/data/mapping/suggest-mapping';
import { imagePresets, type ImagePreset } from '../../src/engine/data/pictures/presets';
import { outputKinds } from '../../src/engine/data/output-kind';
import { ParetoError } from '../../src/engine/errors';
import { formatQuoted } from '../../src/engine/format';
import type { Recipe } from '../../src/engine/recipe/recipe';
import { parseRecipeText } from '../../src/engine/recipe/recipe-schema';
import { integerOption, listOption, textOption, UsageError, type CommandOptions, type Invocation } from '../command';
import { findPath, readWhole, whyNot } from '../disk-path';

export const dataOptions = {
  data: { type: 'string', multiple: true },
  tokenizer: { type: 'string' },
  length: { type: 'string' },
  mapping: { type: 'string' },
  preset: { type: 'string' },
  classes: { type: 'string' },
  'output-kind': { type: 'string', multiple: true },
} as const satisfies CommandOptions;

/** The preset that is found by trying, with labels, how pixels or columns have to be fed. */
export const automaticPreset = 'auto';

/** The preset that is measured: no numbers are known before. */
const ownPreset = 'this-data';

const longestPresetId = Math.max(...imagePresets.map(({ id }) => id.length));

const helpLines = [
  ['--data <path>', `a file, a folder or a zip file: ${arrayFormatNames.join(', ')},`],
  ['', 'images or sounds (one sub-folder per class, or a labels.csv). Repeat it for more files'],
  ['--tokenizer <file>', 'converts texts to tokens: the tokenizer.json of the model. One beside the data is found'],
  [
    '--length <tokens>',
    'longer texts are cut to it: the model\u2019s length, else 128, or 256 for a model that generates text',
  ],
  ['--mapping <file>', 'how samples become inputs (JSON). Without it, a suggested mapping is used and printed.'],
  ['', 'docs/reference/mapping-file.md explains every key'],
  [
    '--classes <list>',
    'the classes in the order of the model\u2019s outputs, for labels that are texts: cat,dog or a file with',
  ],
  ['', 'one name per line. Without it they are sorted. In a mapping: "labels": { …, "classes": ["cat", "dog"] };'],
  ['', 'for a yes/no output also "task": { "kind": "binary", …, "positive": "cat" }'],
  ['--output-kind <output>=<kind>', ''],
  ['', 'the content of an output if it is not detected correctly. It decides the unit of comparison:'],
  ['', `${outputKinds.join(', ')}.`],
  ['', 'In a mapping: "outputs": { "y": "embedding" }'],
  ['--preset <name>', 'how pixels become numbers, by the name that the page shows beside the title:'],
  ['', `${'auto'.padEnd(longestPresetId)}  found by trying on labeled samples (evaluate, without --browser)`],
  ['', `${ownPreset.padEnd(longestPresetId)}  Mean and deviation measured on this data; for tables, per column`],
  ...imagePresets.map(({ id, title }) => ['', `${id.padEnd(longestPresetId)}  ${title}`]),
] as const;

/** The lines about data in `--help`. `width` is that of the column with the command's options. */
export function dataHelp(width: number): string {
  return helpLines.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`).join('\n');
}

/** Throws UsageError for an option that says how data is used (`others` of the command too), since none was given. */
export function refuseIdleDataOptions({ values }: Invocation, others: readonly string[] = []): void {
  const idle = [...Object.keys(dataOptions), ...others].find((name) => values[name] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} describes how data is used. Name the data with --data.`);
}

export interface ChosenMapping {
  readonly mapping: DataMapping;
  /** Why, when it was worked out; empty when it was given. */
  readonly reasons: readonly string[];
}

/** Throws UsageError for options that say what a recipe with data says already. */
export function refuseBesideRecipe(invocation: Invocation): void {
  const other = ['mapping', 'preset'].find((name) => textOption(invocation, name) !== undefined);
  if (other !== undefined) throw new UsageError(`Use either --recipe or --${other}, not both.`);
}

/** Read before anything is opened, so that mistakes are found at once. Throws `mapping/…`, `input/…` and UsageError. */
export async function readGivenMapping(invocation: Invocation): Promise<DataMapping | undefined> {
  const file = textOption(invocation, 'mapping');
  const preset = textOption(invocation, 'preset');
  if (preset !== undefined) {
    if (file !== undefined) throw new UsageError('Use either --mapping or --preset, not both.');
    if (preset !== automaticPreset && preset !== ownPreset) findPreset(preset);
  }
  return file === undefined ? undefined : parseMappingText(await readTextFile(invocation, file, 'mapping'), file);
}

/** The mapping that was given, else the suggested one. Throws `mapping/…` with every problem when it does not fit. */
export async function chooseMapping(
  invocation: Invocation,
  given: DataMapping | undefined,
  data: { readonly dataset: Dataset; readonly context: ReadContext },
  model: ModelSides,
  { probes = false } = {},
): Promise<ChosenMapping> {
  const { description } = data.dataset;
  if (textOption(invocation, 'preset') === automaticPreset && !probes) {
    throw new UsageError(
      '--preset auto needs evaluate, because it needs labels. Run evaluate first, then use the mapping that it prints with --mapping.',
    );
  }
  const base = given ? { mapping: given, reasons: [] } : await suggest(invocation, data, model);
  const ordered = await withClasses(invocation, base.mapping, description);
  const mapping = withOutputKinds(invocation, withTextLength(invocation, ordered));
  const chosen = { ...base, mapping };
  const remedy = 'Set its source in a mapping (--mapping).';
  assertMapping(mapping, { description, model, isGiven: given !== undefined, remedy });
  return chosen;
}

async function suggest(
  invocation: Invocation,
  { dataset, context }: { readonly dataset: Dataset; readonly context: ReadContext },
  model: ModelSides,
): Promise<ChosenMapping> {
  const suggested = suggestMapping(dataset.description, model, { textLength: textLengthOption(invocation) });
  const id = textOption(invocation, 'preset');
  if (id === undefined || id === automaticPreset) return suggested;
  const { mapping, inputs } =
    id === ownPreset
      ? await standardizeInputs(context, { ...suggested, dataset, inputs: model.inputs, freeDimensions: {} })
      : applyPreset(suggested.mapping, findPreset(id));
  if (inputs.length === 0) {
    const what = id === ownPreset ? 'pictures and columns of numbers' : 'pictures';
    throw new UsageError(`--preset ${id} is for ${what}, and no input of the model takes these from this data.`);
  }
  const chosen = inputs.map((name) => {
    const what = scalableKind(mapping.inputs[name]!, dataset.description);
    return `Input "${name}" takes ${what} with the preset ${id}: ${titleOfPreset(id)}.`;
  });
  return { mapping, reasons: [...chosen, ...reasonsBut(inputs, suggested.reasons)] };
}

/** Returns the reasons without those about the preprocessing of these inputs. */
export function reasonsBut(inputs: readonly string[], reasons: readonly string[]): readonly string[] {
  return reasons.filter((reason) => inputs.every((name) => !reason.startsWith(`Input "${name}" `)));
}

/** The mapping with the order of classes that `--classes` gives. */
async function withClasses(
  invocation: Invocation,
  mapping: DataMapping,
  description: DatasetDescription,
): Promise<DataMapping> {
  const given = textOption(invocation, 'classes');
  if (given === undefined) return mapping;
  const { labels } = mapping;
  if (labels === null) {
    throw new UsageError(`--classes orders class labels, but ${description.name} has no mapped labels.`);
  }
  const known = findLabelField(description, labels)?.classes;
  const isList = given.includes(',');
  const text = isList ? given.replaceAll(',', '\n') : await readTextFile(invocation, given, 'class list');
  const classes = parseClassList(text, isList ? `--classes ${given.slice(0, 60)}` : given, known);
  return { ...mapping, labels: { ...labels, classes } };
}

function textLengthOption(invocation: Invocation): number | undefined {
  return integerOption(invocation, 'length', { minimum: 1, maximum: mostTokens });
}

/** The mapping with texts of the length that `--length` gives. */
function withTextLength(invocation: Invocation, mapping: DataMapping): DataMapping {
  const length = textLengthOption(invocation);
  if (length === undefined) return mapping;
  const inputs = Object.entries(mapping.inputs);
  if (inputs.every(([, input]) => !('text' in input))) {
    throw new UsageError('--length is for texts, and no input of the model takes texts from this data.');
  }
  const cut = inputs.map(([name, input]) => [name, 'text' in input ? { text: { ...input.text, length } } : input]);
  return { ...mapping, inputs: Object.fromEntries(cut) };
}

/** The mapping with the kinds of outputs that `--output-kind` gives; whether the model has such outputs, its check tells. */
function withOutputKinds(invocation: Invocation, mapping: DataMapping): DataMapping {
  const given = listOption(invocation, 'output-kind').map((text) => {
    const at = text.lastIndexOf('=');
    const kind = outputKinds.find((known) => known === text.slice(at + 1));
    if (at > 0 && kind !== undefined) return [text.slice(0, at), kind] as const;
    throw new UsageError(`--output-kind must be <output>=<kind> with one of ${outputKinds.join(', ')}, not “${text}”.`);
  });
  return given.length === 0 ? mapping : { ...mapping, outputs: { ...mapping.outputs, ...Object.fromEntries(given) } };
}

function titleOfPreset(id: string): string {
  return id === ownPreset ? 'mean and deviation of this data' : findPreset(id).title;
}

function findPreset(id: string): ImagePreset {
  const found = imagePresets.find((preset) => preset.id === id);
  if (found) return found;
  throw new UsageError(
    `--preset must be one of ${[automaticPreset, ownPreset, ...imagePresets.map((preset) => preset.id)].join(', ')}, not ${formatQuoted(id)}.`,
  );
}

export async function readRecipeFile(invocation: Invocation, path: string): Promise<Recipe> {
  return parseRecipeText(await readTextFile(invocation, path, 'recipe'), path);
}

export async function readTextFile({ signal, inputs }: Invocation, path: string, what: string): Promise<string> {
  if (findPath(path) === undefined) {
    throw new ParetoError('input/missing', `There is no ${what} file ${path}. Check the name and the folder.`);
  }
  inputs.add([path]);
  try {
    return decodeText(await readWhole(path, signal));
  } catch (error) {
    signal.throwIfAborted();
    throw new ParetoError('input/unreadable', `The ${what} file ${path} cannot be read: ${whyNot(error)}.`, {
      cause: error,
    });
  }
}

/** Shells of Windows write UTF-16, and both encodings with a mark of byte order, which is no part of the text. */
function decodeText(bytes: Uint8Array): string {
  const isUtf16 = bytes[0] === 0xff && bytes[1] === 0xfe;
  return new TextDecoder(isUtf16 ? 'utf-16le' : 'utf-8').decode(bytes);
}
