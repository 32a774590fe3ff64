import type { FilePart, PartSink } from '../../engine/files/stream-parts';

/**
 * Collects a file as a Blob. Parts of the original file stay slices of it. Other parts go to the browser window by
 * window, which may keep them outside of this process's memory.
 */
export class BlobSink implements PartSink {
  readonly #parts: Blob[] = [];

  write(window: Uint8Array, part: FilePart, startInPart: number): void {
    if (!isBlobBacked(part)) this.#parts.push(new Blob([window as Uint8Array<ArrayBuffer>]));
    else if (startInPart === 0) this.#parts.push(part.blob);
  }

  toBlob(): Blob {
    return new Blob(this.#parts, { type: 'application/octet-stream' });
  }
}

/** A window of a file that a person gave. Told by what it has: `BlobSource` itself is for workers alone. */
function isBlobBacked(part: FilePart): part is FilePart & { readonly blob: Blob } {
  return 'blob' in part && part.blob instanceof Blob;
}
