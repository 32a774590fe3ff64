/** The host of a call: models and data in memory, on the platform that the call runs on. */
import type { DataFile, PictureDecoder, ReadContext } from '../src/engine/data/dataset';
import type { FreeDimensions } from '../src/engine/data/feeds';
import { hashDataset, openDataset } from '../src/engine/data/open-dataset';
import { ParetoError } from '../src/engine/errors';
import type { HashContext } from '../src/engine/files/hash-source';
import { formatQuoted } from '../src/engine/format';
import { MemorySource } from '../src/engine/onnx/byte-source';
import type { Progress } from '../src/engine/progress';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import type { RunningHost, WorkHost, WorkModel } from '../src/work/host';
import { contentOf, readModelSource } from './memory-files';
import type { Following } from './progress';
import type { FilesByPath, ModelData, ModelSource } from './types';

/** The services of a platform that reading and changing a model needs. No model runs. */
export interface ModelPlatform extends Omit<RecipeHost, 'inference'> {
  progress(progress: Progress): void;
  /** Models and data by paths. Absent: the platform reads none. */
  readonly files?: {
    openModel(path: string, host: HashContext, dimensions?: FreeDimensions): Promise<WorkModel>;
    openData(paths: readonly string[], host: ReadContext): Promise<readonly DataFile[]>;
  };
}

/** A platform that also runs models. */
export type LibraryPlatform = ModelPlatform & Omit<RunningHost, keyof WorkHost> & { readonly decoder: PictureDecoder };

/** Models and data by the names that a request has for them. Each model has the file name that it gets without one. */
export interface InMemory {
  readonly models: Readonly<Record<string, { readonly source: ModelSource | undefined; readonly fileName: string }>>;
  readonly data?: Readonly<Record<string, ModelData['files'] | undefined>>;
}

/** How long the calling thread works before it lets other work in. */
const turnMs = 50;

/** A platform that works in the calling thread. */
export function createModelPlatform({ signal, onProgress }: Following): ModelPlatform {
  let lastYieldMs = performance.now();
  return {
    signal,
    progress: onProgress,
    async checkpoint() {
      signal.throwIfAborted();
      if (performance.now() - lastYieldMs < turnMs) return;
      await new Promise((resolve) => setTimeout(resolve));
      lastYieldMs = performance.now();
      signal.throwIfAborted();
    },
  };
}

/** A host of use cases on a platform. `warnings` collects the sentences that a user has to read. */
export function createHost<Platform extends ModelPlatform & { readonly decoder?: PictureDecoder }>(
  platform: Platform,
  { models, data = {} }: InMemory,
  warnings: string[] = [],
): Platform & WorkHost {
  return {
    ...platform,
    openModel(name, dimensions) {
      const { source, fileName } = models[name]!;
      if (typeof source === 'string') return filesOf(platform).openModel(source, platform, dimensions);
      return readModelSource(source, platform, { name: fileName, dimensions });
    },
    async openData({ sources }) {
      const found = await Promise.all(sources.map((name) => dataFilesOf(data[name], platform)));
      const files = found.flat();
      const dataset = await openDataset(files, { decoder: platform.decoder!, context: platform });
      return { dataset, fingerprint: () => hashDataset(dataset, platform) };
    },
    warn: (sentence) => void warnings.push(sentence),
    note: () => undefined,
    stage: () => undefined,
    option: (name) => name,
    remedies: {
      mapping: 'Set its source in the mapping.',
      noData: 'Set data, or run the recipe without data with withoutData.',
    },
  };
}

/** Throws `input/no-paths` on a platform that reads none. */
function filesOf({ files }: ModelPlatform): NonNullable<ModelPlatform['files']> {
  if (files !== undefined) return files;
  throw new ParetoError(
    'input/no-paths',
    'Paths work in pareto-onnx/node alone. Read the file first, and give its bytes.',
  );
}

/** Throws `options/invalid` and `input/not-bytes` for what is no files. */
async function dataFilesOf(
  files: ModelData['files'] | undefined,
  platform: ModelPlatform,
): Promise<readonly DataFile[]> {
  if (typeof files === 'string') return filesOf(platform).openData([files], platform);
  if (typeof files !== 'object' || files === null) {
    throw new ParetoError(
      'options/invalid',
      'Data must be { files }, with paths, or with the content of each file by its path: { files: { "test.npz": bytes } }.',
    );
  }
  if (isPaths(files)) return filesOf(platform).openData(files, platform);
  const given = Object.entries(files as FilesByPath).map(async ([path, content]) => {
    const bytes = await contentOf(content);
    if (bytes !== undefined) return { path, source: new MemorySource(bytes) };
    throw new ParetoError(
      'input/not-bytes',
      'Each file of the data must be a Uint8Array, ArrayBuffer or Blob, by its path in `files`.',
    );
  });
  return Promise.all(given);
}

function isPaths(files: object): files is readonly string[] {
  return Array.isArray(files) && files.every((path) => typeof path === 'string');
}

/** Throws `options/unknown` for an option that the function does not have, because it would change nothing, and `options/invalid` for null. */
export function refuseUnknownOptions(options: object | undefined, known: readonly string[]): void {
  const names = ['signal', 'onProgress', ...known];
  if (typeof options !== 'object' || options === null) {
    throw new ParetoError('options/invalid', `The options must be an object. Options: ${names.join(', ')}.`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown !== undefined) {
    throw new ParetoError(
      'options/unknown',
      `There is no option ${formatQuoted(unknown)}. Options: ${names.join(', ')}.`,
    );
  }
  const [empty] = Object.entries(options).find(([, value]) => value === null) ?? [];
  if (empty !== undefined) throw new ParetoError('options/invalid', `${empty} is null. Leave it out.`);
}
