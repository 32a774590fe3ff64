/** A model file of any size for tests and benchmarks, written as a sparse file: it takes no room on the disk. */
import { closeSync, ftruncateSync, openSync, writeSync } from 'node:fs';
import type { ByteSource } from '../../engine/onnx/byte-source';
import { encodeModel } from '../../engine/onnx/codec/encode';
import { DataType } from '../../engine/onnx/data-type';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';

/** Bytes that nobody wants to read: a hole in a file. */
class Hole implements ByteSource {
  readonly sizeBytes: number;

  constructor(sizeBytes: number) {
    this.sizeBytes = sizeBytes;
  }

  read(): Uint8Array {
    throw new Error('A hole is not read.');
  }

  slice(start: number, end: number): ByteSource {
    return new Hole(end - start);
  }
}

/**
 * Writes a chain of `layers` MatMul nodes with float32 weights (zeros) of about `sizeBytes` in all, half of them
 * initializers, half Constant nodes. Returns the exact size of the file.
 */
export function writeLargeModel(path: string, sizeBytes: number, layers: number): number {
  const width = Math.floor(Math.sqrt(sizeBytes / layers / 4));
  const weight = (index: number) => ({
    name: `layer.${index}.weight`,
    dims: [BigInt(width), BigInt(width)],
    dataType: DataType.float32,
    rawData: new Hole(width * width * 4),
  });
  const indices = Array.from({ length: layers }, (_, index) => index);
  const isConstant = (index: number): boolean => index % 2 === 1;
  const encoded = encodeModel(
    model(
      graph({
        inputs: [valueInfo('value.0', ['N', width])],
        outputs: [valueInfo(`value.${layers}`, ['N', width])],
        initializers: indices.filter((index) => !isConstant(index)).map(weight),
        nodes: indices.flatMap((index) => {
          const matMul = node('MatMul', [`value.${index}`, `layer.${index}.weight`], [`value.${index + 1}`]);
          const constant = node('Constant', [], [`layer.${index}.weight`], { value: weight(index) });
          return isConstant(index) ? [constant, matMul] : [matMul];
        }),
      }),
    ),
  );
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
