/** Options that say what the data is and which of its samples are meant; the same for every command that takes data. */
import { arrayFormatNames } from '../../src/engine/data/data-formats';
import { parseMappingText } from '../../src/engine/data/mapping/mapping-schema';
import { outputKinds } from '../../src/engine/data/output-kind';
import { imagePresets } from '../../src/engine/data/pictures/presets';
import { ParetoError } from '../../src/engine/errors';
import type { Recipe } from '../../src/engine/recipe/recipe';
import { parseRecipeText } from '../../src/engine/recipe/recipe-schema';
import { automaticPreset, ownPreset, refuseWrongPreset } from '../../src/work/data';
import { mappingRequest, parseRequest, type DataRequest } from '../../src/work/request';
import {
  listOption,
  numberOption,
  textOption,
  UsageError,
  type Arguments,
  type CommandOptions,
  type Invocation,
  type Shell,
} from '../command';
import { findPath, readWhole, whyNot } from '../../src/runtime/node/disk/disk-path';
import { shellOption } from '../shell-host';

export const dataOptions = {
  data: { type: 'string', multiple: true },
  tokenizer: { type: 'string' },
  length: { type: 'string' },
  mapping: { type: 'string' },
  preset: { type: 'string' },
  classes: { type: 'string' },
  'output-kind': { type: 'string', multiple: true },
} as const satisfies CommandOptions;

const longestPresetId = Math.max(...imagePresets.map(({ id }) => id.length));

const helpLines = [
  ['--data <path>', `a file, a folder or a zip file: ${arrayFormatNames.join(', ')},`],
  ['', 'images or sounds (one sub-folder per class, or a labels.csv). Repeat it for more files'],
  [
    '--tokenizer <file>',
    'converts texts to tokens: the tokenizer.json of the model. One beside data or model is found',
  ],
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
  ['', `${automaticPreset.padEnd(longestPresetId)}  found by trying on labeled samples (evaluate, without --browser)`],
  ['', `${ownPreset.padEnd(longestPresetId)}  Mean and deviation measured on this data; for tables, per column`],
  ...imagePresets.map(({ id, title }) => ['', `${id.padEnd(longestPresetId)}  ${title}`]),
] as const;

/** The lines about data in `--help`. `width` is that of the column with the command's options. */
export function dataHelp(width: number): string {
  return helpLines.map(([option, text]) => `  ${option.padEnd(width)}  ${text}`).join('\n');
}

/** Throws UsageError for options that say what a recipe with data says already. */
export function refuseBesideRecipe(given: Arguments): void {
  const other = ['mapping', 'preset'].find((name) => textOption(given, name) !== undefined);
  if (other !== undefined) throw new UsageError(`Use either --recipe or --${other}, not both.`);
}

/**
 * The data that the options name; `undefined` if none do. Read before anything is opened, so that mistakes are found at
 * once. Throws `mapping/…`, `input/…`, and UsageError for options that say how data is used (`others` of the command
 * too) without data.
 */
export async function readDataRequest(
  invocation: Invocation,
  others: readonly string[] = [],
): Promise<DataRequest | undefined> {
  const sources = listOption(invocation, 'data');
  const request = { sources, ...(await readMappingRequest(invocation)) };
  if (sources.length > 0) return request;
  const idle = [...Object.keys(dataOptions), ...others].find((name) => invocation.values[name] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} describes how data is used. Name the data with --data.`);
  return undefined;
}

async function readMappingRequest(invocation: Invocation): Promise<Omit<DataRequest, 'sources'>> {
  const [file, preset, classes] = ['mapping', 'preset', 'classes'].map((name) => textOption(invocation, name));
  const kinds = listOption(invocation, 'output-kind');
  if (file !== undefined && preset !== undefined) throw new UsageError('Use either --mapping or --preset, not both.');
  const request = {
    tokenizer: textOption(invocation, 'tokenizer'),
    preset,
    length: numberOption(invocation, 'length'),
    ...(file !== undefined && { mapping: parseMappingText(await readTextFile(invocation, file, 'mapping'), file) }),
    ...(classes !== undefined && { classes: await readClasses(invocation, classes) }),
    ...(kinds.length > 0 && { outputKinds: kinds }),
  };
  refuseWrongPreset(request, shellOption);
  return parseRequest(mappingRequest, request, shellOption);
}

/** A list such as `cat,dog`, or a file with one name a line. */
async function readClasses(shell: Shell, given: string): Promise<NonNullable<DataRequest['classes']>> {
  if (!given.includes(',')) return { text: await readTextFile(shell, given, 'class list'), name: given };
  return { text: given.replaceAll(',', '\n'), name: `--classes ${given.slice(0, 60)}` };
}

export async function readRecipeFile(shell: Pick<Shell, 'signal' | 'inputs'>, path: string): Promise<Recipe> {
  return parseRecipeText(await readTextFile(shell, path, 'recipe'), path);
}

export async function readTextFile(
  { signal, inputs }: Pick<Shell, 'signal' | 'inputs'>,
  path: string,
  what: string,
): Promise<string> {
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
