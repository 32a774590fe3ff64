/** The host of a call: models and data in memory, on the platform that the call runs on. */
import type { DataFile, PictureDecoder } from '../src/engine/data/dataset';
import { hashDataset, openDataset } from '../src/engine/data/open-dataset';
import { ParetoError } from '../src/engine/errors';
import { formatQuoted } from '../src/engine/format';
import { MemorySource } from '../src/engine/onnx/byte-source';
import type { RecipeHost } from '../src/engine/recipe/recipe-host';
import type { RunningHost, WorkHost } from '../src/work/host';
import { isBytes, plainBytes, readModelSource } from './memory-files';
import type { CallOptions, ModelData, ModelSource } from './types';

/** The services of a platform that reading and changing a model needs. No model runs. */
export interface ModelPlatform extends Omit<RecipeHost, 'inference'> {
  readonly progress: NonNullable<CallOptions['onProgress']>;
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

/** The options of every call. `options` may be anything: `refuseUnknownOptions` checks the rest. Throws `options/invalid`. */
export function callOptionsOf(options: CallOptions | null | undefined) {
  const { signal = new AbortController().signal, onProgress } = options ?? {};
  // Test environments have signals of their own.
  if (typeof (signal as AbortSignal | null)?.throwIfAborted !== 'function') {
    throw new ParetoError(
      'options/invalid',
      'signal must be an AbortSignal, such as the signal of an AbortController.',
    );
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    throw new ParetoError('options/invalid', 'onProgress must be a function.');
  }
  return { signal, onProgress };
}

/** A platform that works in the calling thread. */
export function createModelPlatform(options: CallOptions | null | undefined): ModelPlatform {
  const { signal, onProgress } = callOptionsOf(options);
  let lastYieldMs = performance.now();
  return {
    signal,
    progress: (progress) => onProgress?.(progress),
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
      return readModelSource(source, platform, { name: fileName, dimensions });
    },
    async openData({ sources }) {
      const files = sources.flatMap((name) => dataFilesOf(data[name]));
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

/** Throws `options/invalid` and `input/not-bytes` for what is no files. */
function dataFilesOf(files: ModelData['files'] | undefined): readonly DataFile[] {
  if (typeof files !== 'object' || files === null) {
    throw new ParetoError(
      'options/invalid',
      'Data must be { files }, with the content of each file by its path: { files: { "test.npz": bytes } }.',
    );
  }
  const given = Object.entries(files);
  if (!given.every(([, bytes]) => isBytes(bytes))) {
    throw new ParetoError('input/not-bytes', 'Each file of the data must be a Uint8Array, by its path in `files`.');
  }
  return given.map(([path, bytes]) => ({ path, source: new MemorySource(plainBytes(bytes)) }));
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
