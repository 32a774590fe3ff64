import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inspectInputs } from '../../engine/analysis/inspect';
import type { Feeds } from '../../engine/data/feeds';
import { withSuggestedDimensions } from '../../engine/data/free-dimensions';
import { MemorySource } from '../../engine/onnx/byte-source';
import { checkModel } from '../../engine/onnx/check';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { channelGroups } from '../../engine/onnx/coupling/channel-groups';
import { coupleChannels } from '../../engine/onnx/coupling/couple-channels';
import { removeChannels } from '../../engine/onnx/coupling/remove-channels';
import { blockCount, randomNetwork } from '../../engine/onnx/coupling/testing/random-network';
import { withoutConsumedChannels } from '../../engine/onnx/coupling/testing/without-consumed-channels';
import type { Model } from '../../engine/onnx/graph';
import { inferModel } from '../../engine/onnx/infer';
import { createSeededRandom } from '../../engine/seeded-random';
import { runModelInNode } from './run-model';

const go = () => Promise.resolve();

/** Every model with each other channel of every group removed, and the one that is deaf to them. */
async function everyOtherRemoved(original: Model) {
  const coupled = coupleChannels(original, inferModel(original));
  const { groups, layers } = channelGroups(coupled);
  const removed = new Set(groups.flatMap(({ units }) => units.filter((_, at) => at % 2 === 1)));
  const pruned = await removeChannels(original, coupled, removed, go);
  return { pruned, groups, reference: withoutConsumedChannels(original, coupled, layers, removed) };
}

function feedsFor(model: Model): Feeds {
  const random = createSeededRandom(7);
  const inputs = inspectInputs(model);
  const sizes = withSuggestedDimensions(inputs);
  return Object.fromEntries(
    inputs.map(({ name, shape }) => {
      const dims = shape!.map((size, axis) =>
        typeof size === 'number' ? size : (sizes[size ?? ''] ?? sizes[`${name}.${axis}`]!),
      );
      const length = dims.reduce((product, size) => product * size, 1);
      return [name, { dtype: 'float32', dims, data: Float32Array.from({ length }, () => random.next() * 2 - 1) }];
    }),
  );
}

/** The largest difference of any output, as a part of the largest number of that output. */
async function worstDifference(left: Model, right: Model): Promise<number> {
  const feeds = feedsFor(left);
  const [a, b] = [await run(left, feeds), await run(right, feeds)];
  const parts = Object.keys(a).map((name) => {
    const [x, y] = [a[name]!.data as Float32Array, b[name]!.data as Float32Array];
    expect(b[name]!.dims).toEqual(a[name]!.dims);
    const largest = x.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    return x.reduce((most, value, at) => Math.max(most, Math.abs(value - y[at]!)), 0) / Math.max(largest, 1e-30);
  });
  return Math.max(...parts);
}

const bytesOf = (model: Model) => joinParts(encodeModel(model));

const run = (model: Model, feeds: Feeds) =>
  runModelInNode(bytesOf(model), feeds, { graphOptimizationLevel: 'disabled' });

describe('removeChannels', () => {
  it('leaves random networks with the answers of the original, deaf to what was removed', async () => {
    let removable = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.array(fc.nat(blockCount - 1), { minLength: 1, maxLength: 5 }),
        async (seed, choices) => {
          const original = randomNetwork(seed, choices);
          const { pruned, groups, reference } = await everyOtherRemoved(original);
          expect(checkModel(pruned)).toEqual([]);
          removable += groups.length;
          expect(await worstDifference(reference, pruned)).toBeLessThan(2e-5);
        },
      ),
      { numRuns: 15 },
    );
    expect(removable).toBeGreaterThan(15);
  });

  it.each([
    // Depthwise and pointwise, BatchNormalization, residual sums: three stages and the stem.
    ['fashion-cnn', 4],
    // Heads and hidden channels of three layers.
    ['fashion-transformer', 6],
    // Weights in Constant nodes, squeeze and excite, hard swish, a shape that is calculated.
    ['ch_ppocr_mobile_v2.0_cls_infer', 26],
    // Channels that grow by zeros from ConstantOfShape.
    ['face_detection_front_128x128_barracuda', 12],
  ])('does so for %s, in %i groups', async (name, count) => {
    const original = decodeModel(new MemorySource(readFileSync(`public/samples/${name}.onnx`)));
    const { pruned, groups, reference } = await everyOtherRemoved(original);
    expect(groups).toHaveLength(count);
    expect(checkModel(pruned)).toEqual([]);
    expect(bytesOf(pruned).length).toBeLessThan(0.6 * bytesOf(original).length);
    expect(await worstDifference(reference, pruned)).toBeLessThan(1e-5);
  });
});
