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
import type { ModelBytes, ModelSource, WrittenModel } from './types';

/** Throws `input/not-bytes` for anything else, `format/…`, `external-data/…` and `model/invalid` as `openModel` does. */
export async function readModelSource(
  source: ModelSource | undefined,
  host: HashContext,
  { name: usual, dimensions }: { readonly name: string; readonly dimensions?: FreeDimensions | undefined },
): Promise<WorkModel> {
  const { bytes, name = usual, externalData = {} } = asModelBytes(source);
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
function asModelBytes(source: ModelSource | undefined): ModelBytes {
  const { bytes, name, externalData }: Partial<ModelBytes> = isBytes(source) ? { bytes: source } : (source ?? {});
  if (!isBytes(bytes) || !Object.values(externalData ?? {}).every(isBytes)) {
    throw new ParetoError(
      'input/not-bytes',
      'A model must be a Uint8Array, or { bytes, name, externalData } with Uint8Array values. ' +
        'Read the file first. Wrap an ArrayBuffer: new Uint8Array(buffer).',
    );
  }
  if (name !== undefined && typeof name !== 'string') {
    throw new ParetoError('options/invalid', 'The name of a model must be a string.');
  }
  const data = Object.entries(externalData ?? {}).map(([path, each]) => [path, plainBytes(each)] as const);
  return { bytes: plainBytes(bytes), name, externalData: Object.fromEntries(data) };
}

/** Also of another realm, as in a test environment. */
export function isBytes(value: unknown): value is Uint8Array {
  return ArrayBuffer.isView(value) && Object.prototype.toString.call(value) === '[object Uint8Array]';
}

/** A Buffer of Node shares memory when it is sliced, which copies other arrays. */
export function plainBytes(bytes: Uint8Array): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function filesOf(name: string, bytes: Uint8Array, externalData: NonNullable<ModelBytes['externalData']>): ModelFiles {
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
