/** The files of a session as its runtime takes them. Weights of a large model go from the file into the runtime one by one. */
import { ParetoError } from '../../engine/errors';
import { formatBytes } from '../../engine/format';
import type { ByteSource } from '../../engine/onnx/byte-source';
import { encodeFiles } from '../../engine/onnx/codec/encode-files';
import type { FilePart } from '../../engine/files/stream-parts';
import { readModel } from '../../engine/recipe/open-model';
import type { SessionSpec } from './session-spec';

export interface SessionFiles {
  readonly model: Uint8Array;
  readonly externalData: readonly { readonly path: string; readonly data: Uint8Array }[];
}

/** The files of a model that this realm can read at any time. */
export interface OpenFiles {
  readonly model: ByteSource;
  readonly externalData: ReadonlyMap<string, ByteSource>;
  close(): void;
}

/** Files of fewer bytes together are read as a whole. */
export const leastLargeBytes = 64_000_000;
/** WebAssembly addresses so many bytes, and a session keeps all weights in them. */
const mostBytes = 2 ** 32;

/** Throws `runtime/too-large`. */
export function refuseTooLarge(name: string, sizeBytes: number): void {
  if (sizeBytes <= mostBytes) return;
  throw new ParetoError(
    'runtime/too-large',
    `${name} needs ${formatBytes(sizeBytes)} for its weights, and WebAssembly has room for ${formatBytes(mostBytes)}. Store its weights in 4 or 8 bits first: the pass quantize-weights runs no model without data.`,
  );
}

/** Absent `open`: everything is read before the session is created. Throws `runtime/too-large`. */
export async function readFiles(
  { files, ep }: Pick<SessionSpec, 'files' | 'ep'>,
  open: OpenFiles | undefined,
): Promise<SessionFiles> {
  if (open === undefined) {
    const sizeBytes = files.externalData.reduce((sum, { data }) => sum + data.size, files.model.size);
    if (ep !== 'native') refuseTooLarge(files.name, sizeBytes);
    const externalData = files.externalData.map(async ({ path, data }) => ({ path, data: await bytesOf(data) }));
    return { model: await bytesOf(files.model), externalData: await Promise.all(externalData) };
  }
  const { model: source, externalData } = open;
  const sizeBytes = [...externalData.values()].reduce((sum, data) => sum + data.sizeBytes, source.sizeBytes);
  refuseTooLarge(files.name, sizeBytes);
  return (sizeBytes < leastLargeBytes ? undefined : onDemand(files.name, open)) ?? readWhole(open);
}

function readWhole({ model, externalData }: OpenFiles): SessionFiles {
  return {
    model: model.read(),
    externalData: [...externalData].map(([path, data]) => ({ path, data: data.read() })),
  };
}

/** `undefined` for a file that the engine cannot open: the runtime says what is wrong with it. */
function onDemand(name: string, { model: source, externalData }: OpenFiles): SessionFiles | undefined {
  try {
    const { model } = readModel({ name, source, sha256: '', findData: (location) => externalData.get(location) });
    const encoded = encodeFiles(model, { storage: 'external', dataFileName: 'weights' });
    return {
      model: joined(encoded.model.parts, encoded.model.sizeBytes),
      externalData: encoded.externalData.map(({ name: path, data }) => ({ path, data: new BytesOnDemand(data) })),
    };
  } catch {
    return undefined;
  }
}

/**
 * Bytes that are read when the runtime takes them. It calls `byteLength` and `subarray` alone (`MountedFiles` of
 * onnxruntime-web), and copies the result into its heap.
 */
class BytesOnDemand extends Uint8Array {
  readonly #parts: readonly { readonly start: number; readonly end: number; readonly part: FilePart }[];
  readonly #sizeBytes: number;

  constructor({ parts, sizeBytes }: { readonly parts: readonly FilePart[]; readonly sizeBytes: number }) {
    super(0);
    let end = 0;
    this.#parts = parts.map((part) => ({ part, start: end, end: (end += sizeOf(part)) }));
    this.#sizeBytes = sizeBytes;
  }

  override get byteLength(): number {
    return this.#sizeBytes;
  }

  override subarray(from = 0, to = this.#sizeBytes): Uint8Array<ArrayBuffer> {
    const wanted = this.#parts.filter(({ start, end }) => start < to && end > from);
    const read = wanted.map(({ start, end, part }) =>
      window(part, Math.max(0, from - start), Math.min(end, to) - start),
    );
    return read.length === 1 ? (read[0] as Uint8Array<ArrayBuffer>) : joined(read, to - from);
  }
}

function joined(parts: readonly FilePart[], sizeBytes: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(sizeBytes);
  let at = 0;
  for (const part of parts) {
    bytes.set(window(part, 0, sizeOf(part)), at);
    at += sizeOf(part);
  }
  return bytes;
}

const sizeOf = (part: FilePart): number => (part instanceof Uint8Array ? part.byteLength : part.sizeBytes);

const window = (part: FilePart, start: number, end: number): Uint8Array =>
  part instanceof Uint8Array ? part.subarray(start, end) : part.read(start, end);

async function bytesOf(blob: Blob): Promise<Uint8Array> {
  return new Uint8Array(await blob.arrayBuffer());
}
