/** Checks that the written model opens, by decoding the very parts that make up its files. */
import { messageOf, ParetoError } from '../errors';
import type { ByteSource } from '../onnx/byte-source';
import { checkModel } from '../onnx/check';
import { decodeModel } from '../onnx/codec/decode';
import { attachExternalData } from '../onnx/codec/external-data';
import { encodeModel } from '../onnx/codec/encode';
import type { FilePart } from '../files/stream-parts';

/** A file of a model that is about to be written. */
export interface EncodedFile {
  readonly kind: 'data' | 'model';
  readonly name: string;
  readonly parts: readonly FilePart[];
  readonly sizeBytes: number;
}

/**
 * Decodes the model of the files and checks its structure. No weight is read, made or copied. Throws
 * `variant/unreadable`, a defect of Pareto, if the model does not open, is not valid, or differs from the written one.
 * To compare the two, it encodes the model again: it must have as many bytes.
 */
export function assertOpens(files: readonly EncodedFile[]): void {
  const sources = new Map(files.map((file) => [file.name, new StructureSource(file)]));
  for (const { kind, name, sizeBytes } of files) {
    if (kind !== 'model') continue;
    const problem = problemOf(sources, name, sizeBytes);
    if (problem === undefined) continue;
    throw new ParetoError(
      'variant/unreadable',
      `The written model cannot be opened (${problem}). This is a defect in Pareto: please report it with the model.`,
    );
  }
}

function problemOf(sources: ReadonlyMap<string, ByteSource>, name: string, sizeBytes: number): string | undefined {
  try {
    const decoded = decodeModel(sources.get(name)!);
    const [problem] = checkModel(attachExternalData(decoded, sources));
    if (problem) return problem.message;
    return encodeModel(decoded).sizeBytes === sizeBytes
      ? undefined
      : 'Reading it gives another model than the one written.';
  } catch (error) {
    return messageOf(error);
  }
}

interface PlacedPart {
  readonly part: EncodedFile['parts'][number];
  readonly start: number;
  readonly end: number;
}

/** Longer data of tensors is passed over by who decodes a model, see `decodeModel`. */
const mostReadBytes = 1024;

/** A file of parts of which long tensors read as zeros: reading ahead would make a quantized weight for a few bytes of it. */
class StructureSource implements ByteSource {
  readonly sizeBytes: number;
  readonly #parts: readonly PlacedPart[];

  constructor({ parts, sizeBytes }: Pick<EncodedFile, 'parts' | 'sizeBytes'>) {
    this.sizeBytes = sizeBytes;
    let start = 0;
    this.#parts = parts.map((part) => {
      const end = start + (part instanceof Uint8Array ? part.byteLength : part.sizeBytes);
      const placed = { part, start, end };
      start = end;
      return placed;
    });
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    const bytes = new Uint8Array(end - start);
    for (let index = this.#indexAt(start); index < this.#parts.length; index++) {
      const placed = this.#parts[index]!;
      if (placed.start >= end) break;
      const [from, to] = [Math.max(start, placed.start), Math.min(end, placed.end)];
      bytes.set(readPart(placed, from, to), from - start);
    }
    return bytes;
  }

  slice(start: number, end: number): ByteSource {
    return new Window(this, start, end);
  }

  /** The index of the part in which the byte lies. */
  #indexAt(position: number): number {
    let [low, high] = [0, this.#parts.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#parts[middle]!.end <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function readPart({ part, start }: PlacedPart, from: number, to: number): Uint8Array {
  if (part instanceof Uint8Array) return part.subarray(from - start, to - start);
  return part.sizeBytes <= mostReadBytes ? part.read(from - start, to - start) : new Uint8Array(to - from);
}

class Window implements ByteSource {
  readonly sizeBytes: number;
  readonly #source: StructureSource;
  readonly #start: number;

  constructor(source: StructureSource, start: number, end: number) {
    this.#source = source;
    this.#start = start;
    this.sizeBytes = end - start;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    return this.#source.read(this.#start + start, this.#start + end);
  }

  slice(start: number, end: number): ByteSource {
    return new Window(this.#source, this.#start + start, this.#start + end);
  }
}
