/** A File or Blob as a ByteSource. It serves workers only, because reading is synchronous. */
import { SourceReadError, type ByteSource } from '../../engine/onnx/byte-source';

/**
 * Reads with `FileReaderSync`, only the requested bytes. A window on a file is two numbers until its bytes are wanted.
 */
export class BlobSource implements ByteSource {
  /** One call of the browser costs as much time as reading this many bytes. */
  readonly cheapReadBytes = 2 ** 17;
  readonly #file: Blob;
  readonly #start: number;
  readonly #end: number;
  readonly #name: string;

  constructor(file: Blob, name = file instanceof File ? file.name : 'model', start = 0, end = file.size) {
    this.#file = file;
    this.#name = name;
    this.#start = start;
    this.#end = end;
  }

  get sizeBytes(): number {
    return this.#end - this.#start;
  }

  /** The same bytes as a Blob: a part of an exported file, without reading it. */
  get blob(): Blob {
    return this.#blobOf(0, this.sizeBytes);
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    try {
      return new Uint8Array(new FileReaderSync().readAsArrayBuffer(this.#blobOf(start, end)));
    } catch (error) {
      throw new SourceReadError(this.#name, { cause: error });
    }
  }

  slice(start: number, end: number): ByteSource {
    return new BlobSource(this.#file, this.#name, this.#start + start, Math.min(this.#start + end, this.#end));
  }

  #blobOf(start: number, end: number): Blob {
    const isWhole = start === 0 && end >= this.#file.size && this.#start === 0;
    return isWhole ? this.#file : this.#file.slice(this.#start + start, Math.min(this.#start + end, this.#end));
  }
}
