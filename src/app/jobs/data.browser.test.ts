import { zipSync } from 'fflate';
import { describe, expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import type { ImagePreprocessing } from '../../engine/data/mapping/mapping';
import { isParetoError } from '../../engine/errors';
import { settlesWithin } from '../../engine/testing/settles-within';
import type { Progress } from '../../engine/progress';
import { createDataJobs } from './jobs';
import type { DroppedDataFile, EvaluateRequest, ModelFiles, ModelInterface } from './jobs';

/** One client, as in the app: each worker that starts here loads every module of its own. */
const shared = createDataJobs();
const never = () => ({ signal: new AbortController().signal });
const samples = 40;
const classes = 3;
const side = 8;

/** A header of version 1.0, padded so that the values start at a multiple of 64. */
function npy(descr: string, shape: readonly number[], values: ArrayBufferView): Uint8Array {
  const tuple = shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(', ')})`;
  const text = `{'descr': '${descr}', 'fortran_order': False, 'shape': ${tuple}, }`;
  const header = text.padEnd(Math.ceil((text.length + 11) / 64) * 64 - 11) + '\n';
  const bytes = new Uint8Array(10 + header.length + values.byteLength);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, 1, 0, header.length & 0xff, header.length >> 8]);
  bytes.set(new TextEncoder().encode(header), 10);
  bytes.set(new Uint8Array(values.buffer, values.byteOffset, values.byteLength), 10 + header.length);
  return bytes;
}

/** One bright pixel in each picture; its column modulo 3 is the class, and every tenth label is wrong on purpose. */
function pictures(count = samples): DroppedDataFile[] {
  const pixels = new Uint8Array(count * side * side);
  const labels = new BigInt64Array(count);
  for (let sample = 0; sample < count; sample++) {
    const column = (sample * 5) % side;
    pixels[sample * side * side + (sample % side) * side + column] = 255;
    labels[sample] = BigInt((column + (sample % 10 === 0 ? 1 : 0)) % classes);
  }
  const archive = zipSync({
    'pixels.npy': npy('|u1', [count, side, side], pixels),
    'labels.npy': npy('<i8', [count], labels),
  });
  return [{ path: 'pictures.npz', file: new File([archive as BlobPart], 'pictures.npz') }];
}

/** Adds up the columns of each class. `shift` makes a variant that is wrong about every sample. */
function classifier(shift = 0): ModelFiles {
  const weights = new Float32Array(side * side * classes);
  for (let pixel = 0; pixel < side * side; pixel++) {
    weights[pixel * classes + (((pixel % side) + shift) % classes)] = 1;
  }
  const layers = graph({
    nodes: [node('Flatten', ['pixels'], ['flat']), node('MatMul', ['flat', 'w'], ['scores'])],
    initializers: [floatTensor('w', [side * side, classes], weights)],
    inputs: [valueInfo('pixels', ['batch', 1, side, side])],
    outputs: [valueInfo('scores', ['batch', classes])],
  });
  const bytes = joinParts(encodeModel(model(layers)));
  return { model: new Blob([bytes]), name: 'columns.onnx', externalData: [] };
}

const sides: ModelInterface = {
  inputs: [{ name: 'pixels', dtype: 'float32', shape: ['batch', 1, side, side] }],
  outputs: [{ name: 'scores', dtype: 'float32', shape: ['batch', classes] }],
};

function request(overrides: Partial<EvaluateRequest> = {}): EvaluateRequest {
  return {
    models: [{ id: 'original', files: classifier(), sha256: 'a' }],
    ep: 'wasm',
    threads: 1,
    freeDimensions: {},
    mapping: { inputs: { pixels: { array: 'pixels' } }, labels: { array: 'labels' } },
    split: { seed: 1, calibration: 0, evaluation: null },
    ...overrides,
  };
}

async function flatPicture(shade: number, type: 'image/png' | 'image/jpeg' | 'image/webp'): Promise<Blob> {
  const canvas = new OffscreenCanvas(side, side);
  const context = canvas.getContext('2d')!;
  context.fillStyle = `rgb(${shade}, ${shade}, ${shade})`;
  context.fillRect(0, 0, side, side);
  return canvas.convertToBlob({ type, quality: 1 });
}

/** Two folders of pictures in three formats; one file in each is damaged. */
async function folderOfPictures(): Promise<DroppedDataFile[]> {
  const files: DroppedDataFile[] = [];
  for (const [folder, shade] of [
    ['dark', 40],
    ['light', 210],
  ] as const) {
    for (const type of ['image/png', 'image/jpeg', 'image/webp'] as const) {
      const path = `shades/${folder}/${shade}.${type.slice(6)}`;
      files.push({ path, file: new File([await flatPicture(shade, type)], path) });
    }
    const damaged = (await flatPicture(shade, 'image/jpeg')).slice(0, 300);
    files.push({ path: `shades/${folder}/damaged.jpg`, file: new File([damaged], 'damaged.jpg') });
  }
  return files;
}

/** Light where the pixels add up to more than nothing. */
function lightMeter(): ModelFiles {
  const weights = Float32Array.from({ length: 3 * side * side * 2 }, (_, index) => (index % 2 === 0 ? -1 : 1));
  const layers = graph({
    nodes: [node('Flatten', ['picture'], ['flat']), node('MatMul', ['flat', 'w'], ['scores'])],
    initializers: [floatTensor('w', [3 * side * side, 2], weights)],
    inputs: [valueInfo('picture', ['batch', 3, side, side])],
    outputs: [valueInfo('scores', ['batch', 2])],
  });
  return { model: new Blob([joinParts(encodeModel(model(layers)))]), name: 'light.onnx', externalData: [] };
}

describe('data jobs', () => {
  it('opens an archive, suggests a mapping and shows a sample as it is and as it is fed', async () => {
    const files = pictures();
    const { description, fingerprint } = await shared.open(never(), files);
    expect(description).toMatchObject({ name: 'pictures.npz', format: 'npz', samples });
    expect(fingerprint).toMatch(/^[0-9a-f]{64}$/);
    const { mapping, reasons } = await shared.suggest(never(), files, sides);
    expect(mapping).toEqual(request().mapping);
    expect(reasons).toHaveLength(2);
    const preview = await shared.preview(never(), files, { ...sides, freeDimensions: {} }, mapping, 9);
    expect(preview).toMatchObject({ index: 9, label: { value: 2, name: null } });
    const [{ field, picture }] = preview.pictures as [(typeof preview.pictures)[0]];
    expect([field, picture.width, picture.height]).toEqual(['pixels', side, side]);
    const bright = (1 * side + 5) * 4;
    expect(Array.from(picture.rgba.subarray(bright, bright + 5))).toEqual([255, 255, 255, 255, 0]);
    const [tensor] = preview.tensors;
    expect(tensor).toMatchObject({ input: 'pixels', dtype: 'float32', dims: [1, 1, side, side], minimum: 0 });
    expect(tensor).toMatchObject({ maximum: 255, mean: 255 / 64 });
    expect(tensor!.std).toBeCloseTo((255 / 64) * Math.sqrt(63), 10);
    expect(tensor!.picture!.rgba).toEqual(picture.rgba);
  });

  it('evaluates models in the order of the request, compares them, and reuses known results', async () => {
    // A worker of its own, which knows no result yet.
    const jobs = createDataJobs();
    const files = pictures();
    const progress: Progress[] = [];
    const models = [
      { id: 'original', files: classifier(), sha256: 'a' },
      { id: 'shifted', files: classifier(1), sha256: 'b' },
    ];
    const all = await jobs.evaluate(
      { ...never(), onProgress: (each) => progress.push(each) },
      files,
      request({ models }),
    );
    expect(all.map(({ variant }) => variant)).toEqual(['original', 'shifted']);
    expect(all.map(({ samples: count, skipped }) => [count, skipped])).toEqual(
      Array.from({ length: 2 }, () => [samples, 0]),
    );
    expect(all[0]!.accuracy?.metrics.top1?.value).toBe(0.9);
    expect(all[1]!.accuracy?.metrics.top1?.value).toBe(0.1);
    expect(all[1]!.difference).toMatchObject({ metric: 'top1', onlyOriginal: 36, onlyVariant: 4 });
    // Nothing orders the messages of two ports: the last one may come too late to be delivered.
    const done = progress.flatMap((each) => (each.stage === 'Evaluating' ? each.done : []));
    expect(done.length).toBeGreaterThan(0);
    expect(done).toEqual(done.toSorted((a, b) => a - b));
    expect(new Set(progress.map(({ total }) => total))).toEqual(new Set([2 * samples]));
    const again = await jobs.evaluate(
      { ...never(), onProgress: () => expect.unreachable() },
      files,
      request({ models }),
    );
    expect(again).toEqual(all);
    // Another split is another evaluation, without the samples that calibrate.
    const split = { seed: 1, calibration: 10, evaluation: null };
    const [part] = await jobs.evaluate(never(), files, request({ split }));
    expect(part!.samples).toBe(samples - 10);
  });

  it('reads folders of pictures in every format, takes folders as classes, and counts damaged files', async () => {
    const files = await folderOfPictures();
    const { description } = await shared.open(never(), files);
    expect(description).toMatchObject({ format: 'pictures', samples: 8 });
    const light: ModelInterface = {
      inputs: [{ name: 'picture', dtype: 'float32', shape: ['batch', 3, side, side] }],
      outputs: [{ name: 'scores', dtype: 'float32', shape: ['batch', 2] }],
    };
    const suggested = await shared.suggest(never(), files, light);
    expect(suggested.mapping.labels).toEqual({ folders: true });
    const { picture } = suggested.mapping.inputs as { picture: { image: ImagePreprocessing } };
    expect(picture.image).toMatchObject({ width: side, height: side, layout: 'NCHW', channels: 'rgb', scale: 1 / 255 });
    const mapping = { ...suggested.mapping, inputs: { picture: { image: { ...picture.image, mean: [0.5] } } } };
    const preview = (index: number) => shared.preview(never(), files, { ...light, freeDimensions: {} }, mapping, index);
    const seen = await preview(4);
    expect(seen.label).toEqual({ value: 1, name: 'light' });
    expect(Array.from(seen.pictures[0]!.picture.rgba.subarray(0, 4))).toEqual([210, 210, 210, 255]);
    expect(seen.tensors[0]!.mean).toBeCloseTo(210 / 255 - 0.5, 2);
    await expect(preview(7)).rejects.toThrow('shades/light/damaged.jpg: This JPEG image ends too early');
    const models = [{ id: 'original', files: lightMeter(), sha256: 'l' }];
    const [evaluation] = await shared.evaluate(never(), files, request({ models, mapping }));
    expect(evaluation).toMatchObject({ samples: 6, skipped: 2 });
    expect(evaluation!.skippedSamples.map(({ place }) => place)).toEqual([
      expect.stringContaining('dark/damaged.jpg'),
      expect.stringContaining('light/damaged.jpg'),
    ]);
    expect(evaluation!.accuracy?.metrics.top1?.value).toBe(1);
    expect(evaluation!.accuracy?.classes?.names).toEqual(['dark', 'light']);
  });

  it('reads more files than one message takes', async () => {
    const shades = await Promise.all([40, 210].map((shade) => flatPicture(shade, 'image/png')));
    const files = Array.from({ length: 450 }, (_, index) => {
      const path = `shades/${index < 400 ? 'dark' : 'light'}/${String(index).padStart(3, '0')}.png`;
      return { path, file: new File([shades[index < 400 ? 0 : 1]!], path) };
    });
    expect((await shared.open(never(), files)).description).toMatchObject({ format: 'pictures', samples: 450 });
    const light = {
      inputs: [{ name: 'picture', dtype: 'float32', shape: ['N', 3, side, side] }],
      outputs: sides.outputs,
    };
    const { mapping } = await shared.suggest(never(), files, light);
    const preview = await shared.preview(never(), files, { ...light, freeDimensions: {} }, mapping, 449);
    expect(preview.label).toEqual({ value: 1, name: 'light' });
    expect(preview.pictures[0]!.picture.rgba[0]).toBe(210);
  });

  it('explains problems of data and mappings', async () => {
    const file = (name: string, content: BlobPart) => [{ path: name, file: new File([content], name) }];
    const problems = await Promise.all(
      [
        shared.open(never(), []),
        shared.open(never(), file('broken.npz', 'PK\u0003\u0004 and then nothing')),
        shared.preview(never(), pictures(), { ...sides, freeDimensions: {} }, request().mapping, samples),
        shared.preview(never(), pictures(), { ...sides, freeDimensions: {} }, { inputs: {}, labels: null }, 0),
      ].map((job) => job.catch((error: unknown) => error)),
    );
    for (const problem of problems) expect(isParetoError(problem), String(problem)).toBe(true);
    expect((problems[3] as Error).message).toBe('The mapping has no entry for input "pixels". Set its source.');
  });

  it('stops within 500 ms when canceled in the middle of an evaluation, and works again afterwards', async () => {
    // A worker of its own, which knows no result yet.
    const jobs = createDataJobs();
    const files = pictures(200_000);
    const controller = new AbortController();
    const reason = new DOMException('Canceled.', 'AbortError');
    let stopped: Promise<boolean> | undefined;
    const onProgress = ({ done }: Progress): void => {
      if (stopped !== undefined || done === 0) return;
      controller.abort(reason);
      stopped = settlesWithin(500, work);
    };
    const work: Promise<unknown> = jobs.evaluate(
      { signal: controller.signal, onProgress },
      files,
      request({ batch: 1 }),
    );
    await expect(work).rejects.toBe(reason);
    expect(await stopped).toBe(true);
    const [evaluation] = await jobs.evaluate(never(), pictures(), request());
    expect(evaluation!.samples).toBe(samples);
  });
});
