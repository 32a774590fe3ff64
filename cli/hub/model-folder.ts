/** Opens the models of folders that are given in place of a model. The folders lie on the disk as on Hugging Face. */
import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { mayHoldTexts } from '../../src/engine/data/data-formats';
import {
  describeHubFolder,
  findHubFolder,
  floatParts,
  type FolderFile,
  type HubFolder,
} from '../../src/engine/deploy/transformersjs/hub-folder';
import { listOption, type Command, type Invocation, type ModelFolder } from '../command';
import { findPath } from '../../src/runtime/node/disk/disk-path';

const tokenizerFile = 'tokenizer.json';

/** Options whose file is a model. */
export const modelOptions = ['variant', 'against', 'teacher', 'student'] as const;

/** A folder with more is no repository of a model. */
const mostEntries = 10_000;

/** A folder with more models is a collection, not one model of several parts. */
export const mostParts = 32;

type Given = Pick<Invocation, 'positionals' | 'values' | 'terminal'>;

/**
 * Replaces each folder that is named as a model by the path of its model, and tells which file that is. Its tokenizer converts texts of
 * `--data` unless another is given. A folder without a model stays: opening it says what to name.
 */
export function openModelFolders<Arguments extends Given>(
  command: Pick<Command, 'options' | 'takesBundles' | 'takesParts'>,
  given: Arguments,
): Arguments & Pick<Invocation, 'folders'> {
  const folders = new Map<string, ModelFolder>();
  if (command.takesBundles === true) return { ...given, folders };
  const open = (path: string): string => {
    const folder = findModelFolder(path, command.takesParts);
    if (folder === undefined) return path;
    const model = join(path, folder.model.path);
    // A command that takes parts describes them itself.
    const isWhole = command.takesParts === true && hasParts(folder);
    if (!folders.has(model) && !isWhole) given.terminal.warn([`${path}:`, ...describeHubFolder(folder)].join(' '));
    folders.set(model, folder);
    return model;
  };
  const { positionals, values } = replaceModels(given, open);
  const tokenizer = tokenizerFor(command, given, folders.get(positionals[0] ?? ''));
  if (tokenizer !== undefined) values.tokenizer = tokenizer;
  return { ...given, positionals, values, folders };
}

/** Replaces the path of each argument and option that names a model. */
export function replaceModels(
  given: Pick<Invocation, 'positionals' | 'values'>,
  pathOf: (path: string) => string,
): { readonly positionals: readonly string[]; readonly values: Record<string, Invocation['values'][string]> } {
  const positionals = given.positionals.map(pathOf);
  const named = modelOptions.flatMap((option) => {
    const path = given.values[option];
    return typeof path === 'string' ? [[option, pathOf(path)] as const] : [];
  });
  return { positionals, values: { ...given.values, ...Object.fromEntries(named) } };
}

function tokenizerFor(
  { options }: Pick<Command, 'options'>,
  given: Given,
  folder: ModelFolder | undefined,
): string | undefined {
  if (!needsTokenizer({ options }, given)) return undefined;
  if (folder !== undefined) return folder.tokenizer === null ? undefined : join(folder.path, folder.tokenizer);
  return tokenizerBeside(given);
}

/** The `tokenizer.json` beside the data, beside the file of the model, or above its folder `onnx`. Data that holds one needs no other. */
function tokenizerBeside(given: Given): string | undefined {
  const [data, model] = [listOption(given, 'data'), given.positionals[0] ?? ''];
  const holdsOne = data.some((path) => basename(path) === tokenizerFile || existsSync(join(path, tokenizerFile)));
  if (holdsOne) return undefined;
  const folders = [...data.map((path) => dirname(path)), dirname(model)];
  if (basename(dirname(model)) === 'onnx') folders.push(dirname(dirname(model)));
  return folders.map((folder) => join(folder, tokenizerFile)).find((path) => existsSync(path));
}

/** True if `--data` may hold texts, and no tokenizer is named. */
export function needsTokenizer({ options }: Pick<Command, 'options'>, given: Pick<Invocation, 'values'>): boolean {
  if (!('tokenizer' in options) || given.values.tokenizer !== undefined) return false;
  return listOption(given, 'data').some(mayHoldTexts);
}

/** True for a folder of several models that are taken as parts of one: none of them is called `model`, which would be the whole. */
export function hasParts(folder: ModelFolder | undefined): folder is ModelFolder {
  if (folder === undefined) return false;
  const parts = floatParts(folder);
  return parts.length > 1 && parts.every(({ part }) => part !== 'model');
}

/**
 * The folder with its models; `undefined` for a file, and for a folder without models in the usual places.
 * @param takesParts also finds several models without a `config.json` beside them
 */
export function findModelFolder(path: string, takesParts = false): ModelFolder | undefined {
  if (findPath(path)?.isDirectory() !== true) return undefined;
  const files = [...filesIn(path, path), ...filesIn(join(path, 'onnx'), path)];
  const found = findHubFolder(files) ?? bareModels(files, takesParts ? mostParts : 1);
  return found && { ...found, path };
}

/** Finds the models of a folder that holds at most so many ONNX files and no `config.json`. */
function bareModels(files: readonly FolderFile[], most: number): HubFolder | undefined {
  const models = files.filter(({ path }) => /^[^/]+\.onnx$/i.test(path));
  if (models.length === 0 || models.length > most) return undefined;
  // The search needs a `config.json`, which the result then leaves out.
  const found = findHubFolder([...files, { path: 'config.json', sizeBytes: 0 }]);
  return found && { ...found, config: null, beside: found.beside.filter(({ path }) => path !== 'config.json') };
}

function filesIn(folder: string, root: string): readonly FolderFile[] {
  if (findPath(folder)?.isDirectory() !== true) return [];
  const names = readdirSync(folder).filter((name) => !name.startsWith('.'));
  return names.slice(0, mostEntries).flatMap((name) => {
    const path = join(folder, name);
    const stats = findPath(path);
    return stats?.isFile() === true
      ? [{ path: relative(root, path).replaceAll('\\', '/'), sizeBytes: stats.size }]
      : [];
  });
}
