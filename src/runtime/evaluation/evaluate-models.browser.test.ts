/** The same accuracy on every provider of the test browser, and on every path that feeds batches to it. */
import { expect, it } from 'vitest';
import { openDataset } from '../../engine/data/open-dataset';
import { memoryFile, quietContext } from '../../engine/data/testing/memory-files';
import type { DataMapping } from '../../engine/data/mapping/mapping';
import { createBrowserHost } from '../session/browser-host';
import { createBrowserPictureDecoder } from '../data/browser-picture-decoder';
import { evaluateModels } from './evaluate-models';

/** The accuracy that training recorded: see public/samples/samples.json. */
const recorded = { correct: 780, total: 797 };

const mapping: DataMapping = { inputs: { features: { array: 'features' } }, labels: { array: 'labels' } };

async function evaluateDigits(ep: 'wasm' | 'webgpu' | 'webnn-cpu', batch?: number) {
  const [model, data] = await Promise.all(
    ['digits-mlp.onnx', 'digits-evaluation.npz'].map(async (name) => (await fetch(`/samples/${name}`)).blob()),
  );
  const files = [memoryFile('digits-evaluation.npz', new Uint8Array(await data!.arrayBuffer()))];
  const dataset = await openDataset(files, { decoder: createBrowserPictureDecoder(), context: quietContext });
  const modelFiles = { model: model!, name: 'digits-mlp.onnx', externalData: [] };
  return evaluateModels(
    quietContext,
    createBrowserHost(),
    {
      models: [
        { id: 'original', files: modelFiles },
        { id: 'same', files: modelFiles },
      ],
      dataset,
      indices: Array.from({ length: dataset.description.samples }, (_, index) => index),
      mapping,
      ep,
      threads: 1,
      freeDimensions: {},
      ...(batch !== undefined && { batch }),
    },
    () => undefined,
  );
}

it.each([
  ['wasm', undefined, 64],
  ['webgpu', undefined, 64],
  // WebNN is given fixed sizes: one sample at a time, or a batch whose last is padded (797 is no multiple of 50).
  ['webnn-cpu', undefined, 1],
  ['webnn-cpu', 50, 50],
] as const)('on %s with batch %s', async (ep, batch, used) => {
  const [original, same] = await evaluateDigits(ep, batch);
  expect(original).toMatchObject({ ep, batch: used, samples: recorded.total, skipped: 0 });
  expect(original?.accuracy?.metrics.top1?.value).toBe(recorded.correct / recorded.total);
  expect(same?.failure).toBeUndefined();
  expect(same).toMatchObject({ difference: { value: 0 }, outputMatch: { valid: true, samples: recorded.total } });
});
