import { create, toBinary } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { ModelProtoSchema } from 'onnx-buf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomModel } from '../../engine/onnx/testing/random-message';
import { sameModel } from '../../engine/onnx/testing/round-trip';

interface Answer {
  readonly blob?: Blob;
  readonly slices?: number;
  readonly error?: string;
}

let worker: Worker;
beforeAll(() => {
  worker = new Worker(new URL('../testing/codec-worker.ts', import.meta.url), { type: 'module' });
});
afterAll(() => worker.terminate());

function roundTrip(file: Blob): Promise<Answer> {
  return new Promise((resolve, reject) => {
    worker.onmessage = (event: MessageEvent<Answer>) => resolve(event.data);
    worker.onerror = (event) => reject(new Error(event.message));
    worker.postMessage(file);
  });
}

async function bytesAfterRoundTrip(file: Uint8Array): Promise<Uint8Array> {
  const { blob, error } = await roundTrip(new Blob([file as Uint8Array<ArrayBuffer>]));
  if (!blob) throw new Error(error);
  return new Uint8Array(await blob.arrayBuffer());
}

describe('a model in a worker of a real browser', () => {
  it.each([
    'ch_PP-OCRv4_rec_infer.onnx',
    'ch_ppocr_mobile_v2.0_cls_infer.onnx',
    'face_detection_back_256x256_barracuda.onnx',
    'face_detection_front_128x128_barracuda.onnx',
  ])('keeps every field of %s, its weights staying slices of the file', async (name) => {
    const file = await (await fetch(`/samples/${name}`)).blob();
    const { blob, slices } = await roundTrip(file);
    expect(slices).toBeGreaterThan(10);
    const [before, after] = await Promise.all([file.arrayBuffer(), blob!.arrayBuffer()]);
    expect(sameModel(new Uint8Array(before), new Uint8Array(after))).toBe(true);
  });

  it('keeps every field that ONNX has and fields that it does not have yet', async () => {
    await fc.assert(
      fc.asyncProperty(fc.gen(), async (choose) => {
        const file = toBinary(ModelProtoSchema, randomModel(choose));
        expect(sameModel(file, await bytesAfterRoundTrip(file))).toBe(true);
      }),
      { numRuns: 60 },
    );
  });

  it('keeps INT64_MAX, which Slice uses for "to the end"', async () => {
    const ints = [2n ** 63n - 1n, -(2n ** 63n), 2n ** 53n + 1n];
    const message = create(ModelProtoSchema, {
      irVersion: 8n,
      graph: { node: [{ attribute: [{ name: 'ends', ints }] }] },
    });
    const file = toBinary(ModelProtoSchema, message);
    expect(sameModel(file, await bytesAfterRoundTrip(file))).toBe(true);
  });

  it('answers a cut file with a sentence', async () => {
    const file = await (await fetch('/samples/face_detection_front_128x128_barracuda.onnx')).blob();
    expect((await roundTrip(file.slice(0, 200_000))).error).toContain('is incomplete');
  });
});
