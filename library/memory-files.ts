/** Models as bytes in memory, on their way into the engine and out of it. */
import type { FreeDimensions } from '../src/engine/data/feeds';
import { ParetoError } from '../src/engine/errors';
import { hashSource, type HashContext } from '../src/engine/files/hash-source';
import type { PartSink } from '../src/engine/files/stream-parts';
import { MemorySource } from '../src/engine/onnx/byte-source';
import { assertModelFile } from '../src/engine/onnx/codec/recognize';
import { ownValue } from '../src/engine/own-value';
import type { EncodedFile } from '../src/engine/recipe/check-written';
import { openModel } from '../src/engine/recipe/open-model';
import type { ModelFiles } from '../src/runtime/models/model-files';
import type { VariantFiles, WorkModel } from '../src/work/host';
import type { FileContent, ModelBytes, ModelSource, WrittenModel } from './types';

type ModelInMemory = Exclude<ModelSource, string>;

/** Throws `input/not-bytes` for anything else, `format/…`, `external-data/…` and `model/invalid` as `openModel` does. */
export async function readModelSource(
  source: ModelInMemory | undefined,
  host: HashContext,
  { name: usual, dimensions }: { readonly name: string; readonly dimensions?: FreeDimensions | undefined },
): Promise<WorkModel> {
  const { bytes, name = usual, externalData } = await readContents(source);
  const file = new MemorySource(bytes);
  assertModelFile(file, name);
  const opened = openModel({
    name,
    source: file,
    sha256: await hashSource(file, host),
    dimensions,
    findData(location) {
      const data = ownValue(externalData, location);
      return data && new MemorySource(data);
    },
  });
  return { name, opened, files: () => Promise.resolve(filesOf(name, bytes, externalData)) };
}

/** Throws `input/not-bytes` for what is no model in memory. */
async function readContents(source: ModelInMemory | undefined) {
  const given = source as FileContent | Partial<ModelBytes> | undefined;
  const whole = await contentOf(given);
  const {
    bytes,
    name,
    externalData = {},
  } = whole ? ({ bytes: whole } as ModelBytes) : ((given ?? {}) as Partial<ModelBytes>);
  const model = whole ?? (await contentOf(bytes));
  const data = await Promise.all(
    Object.entries(externalData).map(async ([path, each]) => [path, await contentOf(each)] as const),
  );
  if (model === undefined || data.some(([, each]) => each === undefined)) {
    throw new ParetoError(
      'input/not-bytes',
      'A model must be a Uint8Array, an ArrayBuffer or a Blob, or { bytes, name, externalData } with these. In Node it may be a path.',
    );
  }
  const named = name ?? (given as Partial<File> | undefined)?.name;
  if (named !== undefined && typeof named !== 'string') {
    throw new ParetoError('options/invalid', 'The name of a model must be a string.');
  }
  return { bytes: model, name: named, externalData: Object.fromEntries(data) as Readonly<Record<string, Uint8Array>> };
}

/** `undefined` for what is no content. Values may be of another realm, as in a test environment. */
export async function contentOf(content: unknown): Promise<Uint8Array | undefined> {
  const tag = Object.prototype.toString.call(content);
  if (tag === '[object ArrayBuffer]') return new Uint8Array(content as ArrayBuffer);
  if (tag === '[object Blob]' || tag === '[object File]') return new Uint8Array(await (content as Blob).arrayBuffer());
  if (!ArrayBuffer.isView(content) || tag !== '[object Uint8Array]') return undefined;
  // A Buffer of Node shares memory when it is sliced, which copies other arrays.
  return new Uint8Array(content.buffer, content.byteOffset, content.byteLength);
}

function filesOf(name: string, bytes: Uint8Array, externalData: Readonly<Record<string, Uint8Array>>): ModelFiles {
  return {
    name,
    model: blobOf(bytes),
    externalData: Object.entries(externalData).map(([path, data]) => ({ path, data: blobOf(data) })),
  };
}

function blobOf(bytes: Uint8Array): Blob {
  return new Blob([bytes as Uint8Array<ArrayBuffer>]);
}

/** The files of a model that is written into memory. */
export class MemoryVariant implements VariantFiles {
  readonly #files: { readonly kind: EncodedFile['kind']; readonly name: string; readonly bytes: Uint8Array }[] = [];

  openSink({ kind, name, sizeBytes }: EncodedFile): PartSink {
    const bytes = new Uint8Array(sizeBytes);
    this.#files.push({ kind, name, bytes });
    let position = 0;
    return {
      write(window) {
        bytes.set(window, position);
        position += window.byteLength;
      },
    };
  }

  toModel(): WrittenModel {
    const data = this.#files.filter(({ kind }) => kind === 'data');
    return {
      model: this.#files.find(({ kind }) => kind === 'model')!.bytes,
      externalData: Object.fromEntries(data.map(({ name, bytes }) => [name, bytes])),
    };
  }

  files(): Promise<ModelFiles> {
    const { model, externalData } = this.toModel();
    return Promise.resolve(filesOf(this.#files.find(({ kind }) => kind === 'model')!.name, model, externalData));
  }

  discard(): void {
    this.#files.length = 0;
  }
}

/** The bytes of files that the runtime made. */
export async function writtenModelOf({ model, externalData }: ModelFiles): Promise<WrittenModel> {
  const bytesOf = async (blob: Blob) => new Uint8Array(await blob.arrayBuffer());
  const data = externalData.map(async (file) => [file.path, await bytesOf(file.data)] as const);
  return { model: await bytesOf(model), externalData: Object.fromEntries(await Promise.all(data)) };
}
