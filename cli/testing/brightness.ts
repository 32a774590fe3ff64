/** Pictures of two classes and a model that tells them apart, for tests of the command line. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32, deflateSync } from 'node:zlib';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode';
import { DataType } from '../../src/engine/onnx/data-type';
import { createTensor } from '../../src/engine/onnx/tensor';
import { graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build';

/** Two classes of gray pictures: light ones have a mean above the threshold. */
export function brightnessModel(batch: number | string = 'N', threshold = 0.5): Uint8Array {
  const weights = createTensor({ name: 'w', dataType: DataType.float32, dims: [1, 2], bytes: Float32Array.of(-1, 1) });
  const bias = createTensor({
    name: 'b',
    dataType: DataType.float32,
    dims: [2],
    bytes: Float32Array.of(threshold, -threshold),
  });
  return joinParts(
    encodeModel(
      model(
        graph({
          nodes: [
            node('ReduceMean', ['image'], ['mean'], { axes: [2n, 3n], keepdims: 0n }),
            node('MatMul', ['mean', 'w'], ['scaled']),
            node('Add', ['scaled', 'b'], ['scores']),
          ],
          initializers: [weights, bias],
          inputs: [valueInfo('image', [batch, 1, 8, 8])],
          outputs: [valueInfo('scores', [batch, 2])],
        }),
      ),
    ),
  );
}

/** Ten dark and ten bright pictures in folders of these names; one of the bright ones is dark. */
export function makePictures(path: string): void {
  for (const [name, value] of [
    ['dark', 30],
    ['light', 220],
  ] as const) {
    mkdirSync(join(path, name), { recursive: true });
    for (let index = 0; index < 10; index++) {
      writeFileSync(join(path, name, `${index}.png`), grayPng(8, name === 'light' && index === 3 ? 30 : value));
    }
  }
}

/** All pixels the same. */
export function grayPng(size: number, value: number): Buffer {
  return encodePng({ width: size, height: size, channels: 1 }, Buffer.alloc(size * size, value));
}

/** A picture from its pixels, row after row from the top: gray, or red, green and blue. */
export function encodePng(
  { width, height, channels }: { readonly width: number; readonly height: number; readonly channels: 1 | 3 },
  pixels: Uint8Array,
): Buffer {
  const chunk = (type: string, data: Buffer) => {
    const body = Buffer.concat([Buffer.from(type, 'latin1'), data]);
    const frame = Buffer.alloc(8);
    frame.writeUInt32BE(data.length, 0);
    frame.writeUInt32BE(crc32(body), 4);
    return Buffer.concat([frame.subarray(0, 4), body, frame.subarray(4)]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, channels === 1 ? 0 : 2, 0, 0, 0], 8);
  const rowBytes = width * channels;
  const rows = Array.from({ length: height }, (_, row) =>
    Buffer.concat([Buffer.of(0), pixels.subarray(row * rowBytes, (row + 1) * rowBytes)]),
  );
  const packed = deflateSync(Buffer.concat(rows));
  const signature = Buffer.from('89504e470d0a1a0a', 'hex');
  return Buffer.concat([signature, chunk('IHDR', header), chunk('IDAT', packed), chunk('IEND', Buffer.alloc(0))]);
}
