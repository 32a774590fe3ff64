/** Writes a repository for transformers.js into a folder: makes each file, measures it, and describes all in `config.json` and the card. */
import { basename, dirname, join } from 'node:path';
import { version } from '../../package.json';
import {
  dtypeRecipes,
  nothingMade,
  withoutBnb4,
  type DtypeRecipe,
  type MadeDtype,
} from '../../src/engine/deploy/transformersjs/dtype-recipes';
import {
  hubConfig,
  hubDataName,
  hubPath,
  mostDataFileBytes,
  readHubConfig,
  type HubFile,
} from '../../src/engine/deploy/transformersjs/hub-repository';
import { missingFiles } from '../../src/engine/deploy/transformersjs/hub-folder';
import { modelCard } from '../../src/engine/deploy/transformersjs/model-card';
import { ParetoError } from '../../src/engine/errors';
import { RecipeCache, type RecipeProgress } from '../../src/engine/recipe/pipeline';
import type { RecipeHost } from '../../src/engine/recipe/recipe-host';
import { runRecipe } from '../../src/engine/recipe/run-recipe';
import { modelFacts } from '../../src/engine/search/model-facts';
import { detectNodeDevice } from '../../src/runtime/node/node-device';
import type { ModelOnDisk } from '../../src/runtime/node/browser-driver';
import { type OpenedFile, readModelFiles } from '../../src/runtime/node/disk/model-from-disk';
import type { Shell, ModelFolder } from '../command';
import { readTextFile } from '../options/data-options';
import { foundModel } from '../files/model-on-disk';
import { makeFolder, OutputFile } from '../files/output-file';
import type { HubData } from './hub-data';
import { copyBeside, withoutLinksOut } from './copy-beside';
import { createFileMeter, type FileMeter } from './measure-file';

export interface RepositoryPart {
  /** The name in transformers.js: `model`, `encoder_model`. */
  readonly name: string;
  /** The files are made of this model. */
  readonly opened: OpenedFile;
  /** The model that outputs are compared with. */
  readonly original: OpenedFile;
  readonly data: HubData | undefined;
}

export interface RepositoryRequest {
  /** The first part is the one that was given. */
  readonly parts: readonly RepositoryPart[];
  readonly dtypes: readonly MadeDtype[];
  /** The folder of the model, with its tokenizer. */
  readonly folder: ModelFolder | undefined;
}

/** The JSON document has `files` and `notes`. */
export interface MadeRepository {
  readonly files: readonly HubFile[];
  /** Paths of the other files. */
  readonly others: readonly string[];
  /** Sentences: the reasons why files are missing, and the files that a person has to add. */
  readonly notes: readonly string[];
}

/** Throws what passes and the disk throw, `bundle/config`, and `bundle/no-files` if no file can be made. */
export async function makeRepository(
  shell: Shell,
  folder: string,
  request: RepositoryRequest,
  host: RecipeHost,
): Promise<MadeRepository> {
  const { parts, dtypes } = request;
  const published = withoutLinksOut(shell, request.folder);
  // A file that is refused is refused before the time is spent.
  const { config, card } = await besideTexts(shell, published);
  const [main] = parts;
  const making = { shell, folder, host, dtypes };
  const made: Awaited<ReturnType<typeof makePart>>[] = [];
  for (const part of parts) made.push(await makePart(making, part));
  const files = made.flatMap((each) => each.files);
  const left = [...made.flatMap((each) => each.left), withoutBnb4];
  if (files.length === 0) throw new ParetoError('bundle/no-files', left.join(' '));
  const notes = [...left, ...missingFiles(published ?? null)];
  const configText = hubConfig(config, files);
  const cardText = modelCard(card, {
    ...{ files, config: configText },
    original: {
      name: main!.opened.inspection.file.name,
      sizeBytes: parts.reduce((sum, { opened }) => sum + opened.originalBytes, 0),
    },
    device: detectNodeDevice(),
    outputs: main!.opened.inspection.outputs.map(({ name }) => name),
    dataName: main!.data?.dataset.description.name ?? null,
    left: notes,
    pareto: version,
  });
  const written = { 'config.json': configText, 'README.md': cardText };
  for (const [name, text] of Object.entries(written)) {
    OutputFile.writeWhole(join(folder, name), text, shell.inputs);
  }
  const copied = copyBeside(shell, folder, published, Object.keys(written));
  return { files, others: [...Object.keys(written), ...copied], notes };
}

interface Making {
  readonly shell: Shell;
  readonly folder: string;
  readonly host: RecipeHost;
  readonly dtypes: readonly MadeDtype[];
}

/** Makes all files of one part. `left` holds the reasons why others are missing. */
async function makePart(making: Making, part: RepositoryPart) {
  const { shell, host, dtypes } = making;
  const { opened, original, data } = part;
  const meter = createFileMeter(host, shell.terminal, await readModelFiles(foundModel(original)), original, data);
  const cache = new RecipeCache();
  const files: HubFile[] = [];
  const left: string[] = [];
  for (const each of dtypeRecipes(dtypes, modelFacts(opened.inspection, opened.originalBytes))) {
    const made = await makeFile(making, { part, each, meter, cache });
    if (typeof made === 'string') left.push(made);
    else files.push(made);
  }
  return { files, left };
}

interface FileRequest {
  readonly part: RepositoryPart;
  readonly each: DtypeRecipe;
  readonly meter: FileMeter;
  readonly cache: RecipeCache;
}

/** The file, or the reason why there is none: a sentence. */
async function makeFile(
  { shell, folder, host }: Making,
  { part, each, meter, cache }: FileRequest,
): Promise<HubFile | string> {
  const path = hubPath(part.name, each.dtype);
  const onDisk = join(folder, path);
  makeFolder(dirname(onDisk));
  const outputs: { readonly name: string; readonly file: OutputFile }[] = [];
  try {
    const run = await runRecipe(
      part.opened,
      {
        recipe: each.recipe,
        variantName: basename(path),
        ...{ storage: 'auto', dataFileName: hubDataName(path), mostDataFileBytes },
        openSink({ name }) {
          const file = new OutputFile(join(dirname(onDisk), name), shell.inputs);
          outputs.push({ name, file });
          return file;
        },
        onProgress: (progress) => shell.terminal.progress(`${each.dtype}: ${inShort(progress)}`),
        data: part.data?.calibration,
        cache,
        // The meter measures the cost of each file.
        warnsOfCost: false,
      },
      host,
    );
    const { passes, sizeBytes } = run.optimization;
    const nothing = nothingMade(each, passes);
    if (nothing !== undefined) return nothing;
    for (const { file } of outputs) file.commit();
    const names = outputs.map(({ name }) => name);
    const measured = await meter.measure(each.dtype, await readModelFiles(modelOnDisk(dirname(onDisk), names)));
    return {
      ...each,
      ...{ part: part.name, path, measured },
      sizeBytes: sizeBytes.variant,
      dataFiles: outputs.length - 1,
    };
  } finally {
    for (const { file } of outputs) file.discard();
  }
}

function inShort({ stage, done, total }: RecipeProgress): string {
  return `${stage} ${total === 0 ? 100 : Math.floor((done / total) * 100)} %`;
}

/** The model file is the last one. */
function modelOnDisk(folder: string, names: readonly string[]): ModelOnDisk {
  const name = names.at(-1)!;
  const externalData = names.slice(0, -1).map((location) => ({ path: join(folder, location), location }));
  return { path: join(folder, name), name, externalData };
}

async function besideTexts(shell: Shell, folder: ModelFolder | undefined) {
  const read = async (path: string | null | undefined, what: string): Promise<string | null> =>
    folder === undefined || path == null ? null : readTextFile(shell, join(folder.path, path), what);
  const card = folder?.beside.find(({ path }) => /(^|\/)README\.md$/.test(path))?.path;
  const config = readHubConfig(await read(folder?.config, 'config.json'));
  return { config, card: await read(card, 'model card') };
}
