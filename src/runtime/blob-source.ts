/** A File or Blob as a ByteSource. For workers: reading is synchronous. */
import { SourceReadError, type ByteSource } from '../engine/onnx/byte-source';

/** Reads with `FileReaderSync`, only what is asked for. `slice` makes a Blob slice, which copies nothing. */
export class BlobSource implements ByteSource {
  /** The same bytes as a Blob: a part of an exported file, without reading it. */
  readonly blob: Blob;
  readonly #name: string;

  constructor(blob: Blob, name = blob instanceof File ? blob.name : 'model') {
    this.blob = blob;
    this.#name = name;
  }

  get sizeBytes(): number {
    return this.blob.size;
  }

  read(start = 0, end = this.blob.size): Uint8Array {
    try {
      return new Uint8Array(new FileReaderSync().readAsArrayBuffer(this.blob.slice(start, end)));
    } catch (error) {
      throw new SourceReadError(this.#name, { cause: error });
    }
  }

  slice(start: number, end: number): ByteSource {
    return new BlobSource(this.blob.slice(start, end), this.#name);
  }
}

/** Parts of an encoded file as one Blob. Parts that are slices of a File stay slices: nothing of them is read. */
export function blobOfParts(parts: readonly (Uint8Array | ByteSource)[]): Blob {
  const blobParts = parts.map((part) => {
    if (part instanceof BlobSource) return part.blob;
    return (part instanceof Uint8Array ? part : part.read()) as Uint8Array<ArrayBuffer>;
  });
  return new Blob(blobParts, { type: 'application/octet-stream' });
}
