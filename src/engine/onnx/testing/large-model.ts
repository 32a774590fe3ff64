/** A model file of any size, for tests and benchmarks, that takes no room: its weights are holes. */
import type { ByteSource } from '../byte-source';
import { encodeModel, type EncodedModel } from '../codec/encode';
import { DataType } from '../data-type';
import { graph, model, node, valueInfo } from './build';

/** Bytes that nobody wants to read: a hole in a file. */
export class Hole implements ByteSource {
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
 * A chain of `layers` MatMul nodes with float32 weights of about `sizeBytes` in all, half of them initializers, half
 * Constant nodes, encoded. The places of weights are holes of zeros.
 */
export function encodeLargeModel(sizeBytes: number, layers: number): EncodedModel {
  const width = Math.floor(Math.sqrt(sizeBytes / layers / 4));
  const weight = (index: number) => ({
    name: `layer.${index}.weight`,
    dims: [BigInt(width), BigInt(width)],
    dataType: DataType.float32,
    rawData: new Hole(width * width * 4),
  });
  const indices = Array.from({ length: layers }, (_, index) => index);
  const isConstant = (index: number): boolean => index % 2 === 1;
  return encodeModel(
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
}
