/** The test set of Fashion-MNIST, which no sample was trained on, and the pictures that samples calibrate with. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { unzipSync } from 'fflate';
import type { CalibrationData } from '../../src/engine/data/calibration-data';
import type { Feeds } from '../../src/engine/data/feeds';
import type { Inference } from '../../src/engine/inference';
import type { Model } from '../../src/engine/onnx/graph';
import { createSeededRandom } from '../../src/engine/seeded-random';

const pixels = 28 * 28;

export interface FashionMnist {
  /** A byte for each pixel. */
  readonly test: { readonly images: Uint8Array; readonly labels: Uint8Array };
  readonly calibration: Uint8Array;
}

/** @param folder with t10k-images-idx3-ubyte.gz and t10k-labels-idx1-ubyte.gz. */
export function readFashionMnist(folder: string | undefined): FashionMnist {
  if (folder === undefined) throw new Error('Name the folder of the test set: --fashion-mnist <folder>.');
  return {
    test: {
      images: gunzipSync(readFileSync(join(folder, 't10k-images-idx3-ubyte.gz'))).subarray(16),
      labels: gunzipSync(readFileSync(join(folder, 't10k-labels-idx1-ubyte.gz'))).subarray(8),
    },
    calibration: picturesOfNpz(new URL('../../public/samples/fashion-mnist-calibration.npz', import.meta.url)),
  };
}

/** @param folder with train-images-idx3-ubyte.gz. */
export function readTrainingPictures(folder: string | undefined): Uint8Array {
  if (folder === undefined) throw new Error('Name the folder of the training set: --fashion-mnist <folder>.');
  return gunzipSync(readFileSync(join(folder, 'train-images-idx3-ubyte.gz'))).subarray(16);
}

/** Draws `samples` of these pictures with the seed, some perhaps twice. */
export function drawnPictures(images: Uint8Array, samples: number, seed: number): CalibrationData {
  const random = createSeededRandom(seed);
  const chosen = Array.from({ length: samples }, () => Math.floor(random.next() * (images.length / pixels)));
  return calibrationData(`seed ${seed}`, samples, (sample) => picturesAsFeeds(images, chosen[sample]!, 1));
}

/** The only array of pictures. Its bytes follow the header of the npy file. */
function picturesOfNpz(url: URL): Uint8Array {
  const files = Object.values(unzipSync(new Uint8Array(readFileSync(fileURLToPath(url)))));
  const largest = files.reduce((most, file) => (file.length > most.length ? file : most));
  return largest.subarray(10 + new DataView(largest.buffer, largest.byteOffset).getUint16(8, true));
}

export function pixelsOf(images: Uint8Array, first: number, count: number): Float32Array {
  return Float32Array.from(images.subarray(first * pixels, (first + count) * pixels));
}

/** Pictures as the sample models read them. */
export function picturesAsFeeds(images: Uint8Array, first: number, count: number): Feeds {
  return { image: { dtype: 'float32', dims: [count, 1, 28, 28], data: pixelsOf(images, first, count) } };
}

/** Calibration data of `samples` samples, which are read one after the other. */
export function calibrationData(
  fingerprint: string,
  samples: number,
  feedOf: (sample: number) => Feeds,
): CalibrationData {
  return {
    fingerprint,
    samples,
    async *feeds() {
      for (let sample = 0; sample < samples; sample += 1) yield feedOf(sample);
    },
  };
}

/** Top-1 accuracy of the first output on the first pictures. Their number is a multiple of 100. */
export async function top1(
  inference: Inference,
  model: Model,
  { images, labels }: FashionMnist['test'],
  feed: (images: Uint8Array, first: number, count: number) => Feeds,
  pictures = labels.length,
): Promise<number> {
  const session = await inference.open(new AbortController().signal, model);
  const batch = 100;
  let correct = 0;
  for (let first = 0; first < pictures; first += batch) {
    const [output] = Object.values(await session.run(feed(images, first, batch)));
    const scores = output!.data as Float32Array;
    const classes = scores.length / batch;
    for (let sample = 0; sample < batch; sample += 1) {
      const own = scores.subarray(sample * classes, (sample + 1) * classes);
      if (own.indexOf(Math.max(...own)) === labels[first + sample]) correct += 1;
    }
  }
  session.close();
  return correct / pictures;
}
