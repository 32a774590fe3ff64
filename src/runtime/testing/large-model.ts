/** Large model files for tests and benchmarks in Node, written as sparse files: they take no room on the disk. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { ByteSource } from '../../engine/onnx/byte-source';
import { encodeLargeModel, Hole } from '../../engine/onnx/testing/large-model';

/** Writes `encodeLargeModel` to a file. Returns its exact size. */
export function writeLargeModel(path: string, sizeBytes: number, layers: number): number {
  const encoded = encodeLargeModel(sizeBytes, layers);
  const file = openSync(path, 'w');
  ftruncateSync(file, encoded.sizeBytes);
  let position = 0;
  for (const part of encoded.parts) {
    if (part instanceof Uint8Array) writeSync(file, part, 0, part.length, position);
    else if (!(part instanceof Hole)) writeSync(file, part.read(), 0, part.sizeBytes, position);
    position += part instanceof Uint8Array ? part.length : part.sizeBytes;
  }
  closeSync(file);
  return encoded.sizeBytes;
}

/** A source that counts what is read from it. */
export class CountingSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #counts: { reads: number; bytes: number };

  constructor(source: ByteSource, counts = { reads: 0, bytes: 0 }) {
    this.#source = source;
    this.#counts = counts;
  }

  get sizeBytes(): number {
    return this.#source.sizeBytes;
  }

  get counts(): Readonly<{ reads: number; bytes: number }> {
    return this.#counts;
  }

  read(start = 0, end = this.sizeBytes): Uint8Array {
    this.#counts.reads++;
    this.#counts.bytes += end - start;
    return this.#source.read(start, end);
  }

  slice(start: number, end: number): ByteSource {
    return new CountingSource(this.#source.slice(start, end), this.#counts);
  }
}
