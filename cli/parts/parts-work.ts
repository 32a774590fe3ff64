/** Connects the parts of a folder, and opens the data that feeds the first of them. */
import { basename, join } from 'node:path';
import type { InputDescription } from '../../src/engine/data/feeds';
import type { ModelSides } from '../../src/engine/data/mapping/check-mapping';
import type { DataMapping } from '../../src/engine/data/mapping/mapping';
import { readGenerationConfig, type GenerationConfig } from '../../src/engine/data/parts/generation-config';
import { wireChain, type ChainWiring, type PartSides } from '../../src/engine/data/parts/wire-chain';
import { wireWriter, type WriterWiring } from '../../src/engine/data/parts/wire-writer';
import { ParetoError } from '../../src/engine/errors';
import { floatParts } from '../../src/engine/deploy/transformersjs/hub-folder';
import type { WriteSpec } from '../../src/runtime/parts/sequence-writer';
import { openMappedData, type MappedData } from '../../src/work/data';
import type { DataRequest } from '../../src/work/request';
import { integerOption, textOption, UsageError, type Arguments, type ModelFolder, type Shell } from '../command';
import { readTextFile } from '../options/data-options';
import { mostParts } from '../hub/model-folder';
import type { ShellHost } from '../shell-host';

/** Options of commands that run parts together. */
export const partsOptions = {
  start: { type: 'string' },
  end: { type: 'string' },
} as const;

export const partsHelp = `  --start <id>         the token before the first written one, for a folder with encoder and decoder. Without it,
                       decoder_start_token_id or bos_token_id of generation_config.json or config.json
  --end <id>,…         tokens that end a sequence. Without it, eos_token_id of these files`;

/** The most tokens of a sequence if the user sets no number. */
const usualTokens = 64;
const largestId = 2 ** 31 - 1;

export const partHelp = `  --part <name>        applies the passes after it to one part of a folder only. Passes before the first --part are for all
                       parts. <name>=<file> names a recipe file for it. A part without a recipe is copied`;

/** Throws UsageError for an option of folders, of a command that was given one model. */
export function refuseIdleParts({ values }: Arguments): void {
  const idle = ['part', ...Object.keys(partsOptions)].find((name) => values[name] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} is for a folder of several parts.`);
}

/** Throws UsageError for options that need one model, of a command that was given a folder of parts. */
export function refuseOneModelOptions({ values }: Arguments, options: readonly string[]): void {
  const idle = options.find((name) => values[name] !== undefined);
  if (idle !== undefined) throw new UsageError(`--${idle} is for one model. Name the file of a part.`);
}

/** Throws `parts/too-many`. */
export function refuseManyParts(folder: ModelFolder): void {
  const { length } = floatParts(folder);
  if (length <= mostParts) return;
  throw new ParetoError(
    'parts/too-many',
    `${folder.path} holds ${length} models, more than the maximum of ${mostParts} parts. Name the file of one.`,
  );
}

/** What the options say about sequences that the parts write. */
export interface WritingOptions {
  readonly start?: number;
  readonly ends?: readonly number[];
  /** The most tokens of a sequence. */
  readonly count?: number;
}

export function readWriting(given: Arguments, count?: number): WritingOptions {
  const start = integerOption(given, 'start', { minimum: 0, maximum: largestId });
  const end = textOption(given, 'end');
  return {
    ...(start !== undefined && { start }),
    ...(end !== undefined && { ends: readIds(end) }),
    ...(count !== undefined && { count }),
  };
}

export interface PartsWork {
  readonly work: ChainWiring | WriteSpec;
  /** The inputs that the data feeds, and the outputs beside which a mapping is suggested. */
  readonly entry: ModelSides;
}

/** Throws `parts/wiring` for parts that nobody can connect, and as reading the configuration does. */
export async function readPartsWork(
  shell: Shell,
  folder: ModelFolder,
  parts: readonly PartSides[],
  { count, ...tokens }: WritingOptions,
): Promise<PartsWork> {
  const wiring = wireParts(parts);
  if (typeof wiring === 'string') {
    throw new ParetoError('parts/wiring', describeUnwired(wiring, `The parts of ${folder.path}`));
  }
  if (wiring.kind === 'writer') {
    const encoder = parts.find(({ name }) => name === wiring.encoder)!;
    const config = await readConfig(shell, folder, tokens);
    return { work: { wiring, config, count: count ?? usualTokens }, entry: encoder };
  }
  const names = { start: tokens.start, end: tokens.ends, generate: count };
  const [idle] = Object.entries(names).find(([, value]) => value !== undefined) ?? [];
  if (idle !== undefined) throw new UsageError(`--${idle} is for an encoder with a decoder, and the folder has none.`);
  return { work: wiring, entry: wiring };
}

/** Connects parts as an encoder with its decoder, or else as a chain. Returns a sentence with the reason if neither fits. */
export function wireParts(parts: readonly PartSides[]): WriterWiring | ChainWiring | string {
  return wireWriter(parts) ?? wireChain(parts);
}

/** Explains why the models of a folder cannot be run together. Each of them may be a whole model. */
export function describeUnwired(reason: string, subject = 'The parts'): string {
  return `${subject} cannot be run together. ${reason} To use one of them alone, name its file.`;
}

async function readConfig(
  shell: Shell,
  folder: ModelFolder,
  tokens: Omit<WritingOptions, 'count'>,
): Promise<GenerationConfig> {
  const textOf = async (name: string): Promise<string | null> => {
    const found = folder.beside.find(({ path }) => basename(path) === name);
    return found === undefined ? null : readTextFile(shell, join(folder.path, found.path), name);
  };
  const config = readGenerationConfig(await textOf('generation_config.json'), await textOf('config.json'), tokens);
  if (config !== undefined) return config;
  throw new ParetoError(
    'generation/start',
    `No file of ${folder.path} names decoder_start_token_id. Name the token before the first written one with --start.`,
  );
}

function readIds(text: string): readonly number[] {
  const ids = text.split(',').map(Number);
  if (text.trim() !== '' && ids.every((id) => Number.isInteger(id) && id >= 0 && id <= largestId)) return ids;
  throw new UsageError(`--end must be token ids such as 2 or 2,3, not “${text}”.`);
}

/** Opens the data for the inputs of the whole. Rejects as opening and mapping do. */
export async function openEntryData(
  data: DataRequest,
  { work, entry }: PartsWork,
  host: ShellHost,
): Promise<MappedData> {
  const { inputs, outputs } = entry;
  const opened = await openMappedData(data, { inputs, outputs }, host);
  if (!('wiring' in work) || data.mapping !== undefined) return opened;
  const { mapping, reasons } = opened.chosen;
  return { ...opened, chosen: { mapping: withoutPadding(mapping, inputs), reasons } };
}

/** Each text is read alone, so that padding would only cost time. */
function withoutPadding(mapping: DataMapping, inputs: readonly InputDescription[]): DataMapping {
  const isFree = (name: string): boolean =>
    typeof inputs.find((input) => input.name === name)?.shape?.at(-1) !== 'number';
  const texts = Object.entries(mapping.inputs).flatMap(([name, input]) => ('text' in input ? name : []));
  if (!texts.every(isFree)) return mapping;
  const unpadded = Object.entries(mapping.inputs).map(([name, input]) => [
    name,
    'text' in input ? { text: { ...input.text, padding: 'longest' as const } } : input,
  ]);
  return { ...mapping, inputs: Object.fromEntries(unpadded) as DataMapping['inputs'] };
}
