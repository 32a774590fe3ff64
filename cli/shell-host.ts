/** The host of use cases in the shell: files on the disk, threads of Node, progress on stderr. */
import { hashDataset, openDataset } from '../src/engine/data/open-dataset';
import type { Progress } from '../src/engine/progress';
import type { RecipeProgress } from '../src/engine/recipe/pipeline';
import { defaultNodeThreads, detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { createNodePictureDecoder } from '../src/runtime/node/node-picture-decoder';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import type { BenchmarkHost } from '../src/work/benchmark';
import type { EvaluateHost } from '../src/work/evaluate';
import type { RunningHost, WorkModel } from '../src/work/host';
import type { Shell } from './command';
import { foundModel, readModelFiles } from './files/model-on-disk';
import { type OpenedFile, openInput } from './files/open-input';
import { readdirSync } from 'node:fs';
import { basename, join, resolve } from 'node:path';
import type { DataFile, Dataset, ReadContext } from '../src/engine/data/dataset';
import { isListedFolder, listedFolder } from '../src/engine/data/readers/listed-folder';
import { ParetoError } from '../src/engine/errors';
import type { DataFileOnDisk } from '../src/runtime/node/evaluate-in-browser';
import { PathSource } from '../src/runtime/node/path-source';
import type { DataRequest } from '../src/work/request';
import { findPath, whyNot } from './files/disk-path';

/**
 * Data given on the command line: files, folders and zips become a data set.
 * A folder with more is more likely a mistake (the whole disk) than data.
 */
const mostFiles = 2_000_000;

interface FoundDataFile extends DataFile, DataFileOnDisk {}

/**
 * Returns the data files and the empty folders in the order of the paths, with the tokenizer last. It replaces
 * tokenizers that are in folders. Throws `input/…` for a path that cannot be read.
 */
export async function findDataFiles(
  paths: readonly string[],
  context: ReadContext,
  tokenizer?: string,
): Promise<readonly FoundDataFile[]> {
  const files: FoundDataFile[] = [];
  for (const path of paths) await addFiles(files, path, basename(resolve(path)), context);
  // The file is a tokenizer whatever its name is.
  if (tokenizer !== undefined) await addFiles(files, tokenizer, 'tokenizer.json', context);
  if (files.every(isListedFolder)) {
    throw new ParetoError(
      'input/empty',
      `There are no files in ${paths.join(', ')}. Name the folder that contains the data.`,
    );
  }
  return files;
}

/** Throws `input/…` and what `openDataset` throws. */
async function openGivenData(
  { inputs }: Pick<Shell, 'inputs'>,
  { sources, tokenizer }: Pick<DataRequest, 'sources' | 'tokenizer'>,
  context: ReadContext,
): Promise<{ readonly files: readonly FoundDataFile[]; readonly dataset: Dataset }> {
  const files = await findDataFiles(sources, context, tokenizer);
  const dataset = await openData(files, context);
  inputs.add(filesRead(files, dataset));
  return { files, dataset };
}

/**
 * Paths of the files that were named, and of those in folders that the data is read from. Others in a folder are left
 * out of the data, because it may hold the model and the outputs of earlier commands.
 */
function filesRead(files: readonly FoundDataFile[], dataset: Dataset): readonly string[] {
  // Data of a zip names the files in it with paths that begin with the path of the zip.
  const read = new Set(dataset.files.flatMap(({ path }) => [path, ...foldersAbove(path)]));
  const isRead = ({ path }: FoundDataFile): boolean =>
    files.length === 1 || !path.includes('/') || read.has(path) || read.has(path.replace(/\.(zip|gz)$/i, ''));
  return files.filter(isRead).map(({ diskPath }) => diskPath);
}

/** `a/b/c` → `a/b`, `a` */
function foldersAbove(path: string): readonly string[] {
  const end = path.lastIndexOf('/');
  return end < 0 ? [] : [path.slice(0, end), ...foldersAbove(path.slice(0, end))];
}

/** Throws what `openDataset` throws. */
export function openData(files: readonly FoundDataFile[], context: ReadContext): Promise<Dataset> {
  return openDataset(files, { decoder: createNodePictureDecoder(), context });
}

/** Sorted by name, so that the order of the samples is the same on every system. Hidden files are left out. */
async function addFiles(files: FoundDataFile[], path: string, shown: string, context: ReadContext): Promise<void> {
  await context.checkpoint();
  const stats = findPath(path);
  if (!stats)
    throw new ParetoError('input/missing', `There is no file or folder ${path}. Check the name and the folder.`);
  try {
    if (stats.isDirectory()) {
      const names = readdirSync(path).filter((name) => !name.startsWith('.'));
      // Its name may be a class, and classes are numbered.
      if (names.length === 0) files.push({ ...listedFolder(shown), diskPath: path });
      for (const name of names.toSorted()) await addFiles(files, join(path, name), `${shown}/${name}`, context);
    } else if (stats.isFile()) {
      files.push({ path: shown, diskPath: path, source: PathSource.of(path) });
    } else {
      throw new ParetoError(
        'input/not-a-file',
        `${path} is a pipe or device, not a file. Save the data to a file first.`,
      );
    }
  } catch (error) {
    if (error instanceof ParetoError || (error as NodeJS.ErrnoException).code === undefined) throw error;
    throw new ParetoError('input/unreadable', `${path} cannot be read: ${whyNot(error)}.`, { cause: error });
  }
  if (files.length <= mostFiles) return;
  throw new ParetoError(
    'input/too-many',
    `${shown} holds more than ${mostFiles} files. Name a folder that contains only the data.`,
  );
}

export interface ShellModel extends WorkModel {
  readonly opened: OpenedFile;
}

export type ShellHost = RunningHost<ShellModel> & EvaluateHost<ShellModel> & BenchmarkHost<ShellModel>;

interface HostOptions {
  /** Evaluates and measures in a browser. */
  readonly browser?: boolean;
  /** The line that shows progress. */
  readonly lineOf?: (progress: Progress) => string;
}

export const noDataRemedy = 'Name it with --data, or run the recipe without data with --without-data.';

/** Options whose name in the shell is another than in a request. */
const otherNames = new Map([
  ['dimensions', 'dim'],
  ['eps', 'ep'],
  ['techniques', 'technique'],
  ['outputKinds', 'output-kind'],
]);

/** `sqnrDb` → `--sqnr-db` */
export const shellOption = (name: string): string =>
  `--${otherNames.get(name) ?? name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

export function createShellHost(shell: Shell, { browser, lineOf = lineOfProgress }: HostOptions = {}): ShellHost {
  const { inference: _ofRecipes, ...host } = createRecipeHost(shell.signal);
  const { signal, terminal } = shell;
  const progress = (each: Progress): void => terminal.progress(lineOf(each));
  const models = new Map<string, Promise<OpenedFile>>();
  let dataFiles: readonly FoundDataFile[] = [];
  return {
    ...host,
    async openModel(path, dimensions) {
      const key = JSON.stringify([path, dimensions]);
      if (!models.has(key)) models.set(key, openInput(path, shell, host, dimensions));
      const opened = await models.get(key)!;
      return { name: opened.inspection.file.name, opened, files: () => readModelFiles(foundModel(opened)) };
    },
    async openData(data) {
      const { files, dataset } = await openGivenData(shell, data, host);
      dataFiles = files;
      return { dataset, fingerprint: () => hashDataset(dataset, host) };
    },
    // Loaded when asked for: they bring a browser.
    ...(browser === true &&
      ({
        async evaluate(evaluated, { choice: split, ...request }) {
          const { evaluateInBrowser } = await import('../src/runtime/node/evaluate-in-browser');
          const onDisk = evaluated.map(({ id, model }) => ({ ...foundModel(model.opened), id }));
          return evaluateInBrowser(signal, { ...request, split, models: onDisk, data: dataFiles }, progress);
        },
        async measure({ original, variant }, request, onEvent) {
          const { benchmarkInBrowser } = await import('../src/runtime/node/benchmark-in-browser');
          const onDisk = {
            original: foundModel(original.opened),
            variant: variant && { ...foundModel(variant.opened), id: variant.id },
          };
          return benchmarkInBrowser(signal, { ...request, ...onDisk }, onEvent);
        },
      } satisfies Partial<ShellHost>)),
    progress,
    stage: (name) => terminal.progress(name),
    warn: (sentence) => terminal.warn(sentence),
    note: (sentence) => (shell.json ? undefined : terminal.print(sentence)),
    option: shellOption,
    remedies: {
      mapping: 'Set its source in a mapping (--mapping).',
      noData: noDataRemedy,
    },
    openSessions: createNodeHost,
    threads: defaultNodeThreads(),
    decoder: createNodePictureDecoder(),
    detectDevice: () => Promise.resolve(detectNodeDevice()),
    detectTimedDevice: () => Promise.resolve(detectNodeDevice()),
    // A command is alone in its process.
    exclusively: (_signal, job) => job(),
  };
}

/** `1/3 quantize-weights: Rounding 50 %` */
export function lineOfProgress({ stage, done, total, ...place }: Progress | RecipeProgress): string {
  const percent = total === 0 ? 100 : Math.floor((done / total) * 100);
  if (!('pass' in place)) return `${stage}: ${percent} %`;
  const { pass, passIndex, passCount } = place;
  return `${passIndex < passCount ? `${passIndex + 1}/${passCount} ${pass}: ` : ''}${stage} ${percent} %`;
}
