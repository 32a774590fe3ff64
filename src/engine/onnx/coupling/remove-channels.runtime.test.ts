import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { MemorySource } from '../byte-source';
import { decodeModel } from '../codec/decode';
import { encodeModel, joinParts } from '../codec/encode';
import { blockCount, randomChoices, randomNetwork } from './testing/random-network';
import type { Model } from '../graph';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';
import { MICROSOFT_DOMAIN } from '../traverse';
import { differencesOf, removeEveryOther, tolerance, type RemovalCase } from './testing/removal-oracle.runtime';
import { productOf } from '../../product-of';
import { randomCases } from '../../testing/random-cases';

/** The first seed of each hundred networks. */
const hundreds = Array.from({ length: Math.ceil(randomCases(200) / 100) }, (_, index) => 100 * index);

const bytesOf = (of: Model) => joinParts(encodeModel(of));

describe('removeChannels', () => {
  it.each(hundreds)('makes 100 random networks from %i on independent of the removed channels only', async (first) => {
    const cases: RemovalCase[] = [];
    for (let seed = first; seed < first + 100; seed += 1) {
      cases.push(await removeEveryOther(randomNetwork(seed, randomChoices(seed))));
    }
    const differences = await differencesOf(cases);
    const failed = cases.flatMap(({ problems }, at) =>
      problems.length === 0 && differences[at]! < tolerance ? [] : [[first + at, differences[at], problems]],
    );
    expect(failed).toEqual([]);
    expect(cases.reduce((sum, { groups }) => sum + groups.length, 0)).toBeGreaterThan(300);
  });

  it('finds channels behind every kind of block', async () => {
    for (let block = 0; block < blockCount; block += 1) {
      const { groups } = await removeEveryOther(randomNetwork(block, [block]));
      expect(groups.length, `block ${block}`).toBeGreaterThan(0);
    }
  });

  it.each([
    [18, 4],
    [21, 8],
  ])('takes groups of GroupNormalization as a whole, as opset %i has it', async (opset, parameters) => {
    const values = (name: string, ...dims: number[]) => {
      const length = productOf(dims);
      return floatTensor(
        name,
        dims,
        Float32Array.from({ length }, (_, at) => Math.sin(at * at + length)),
      );
    };
    const nodes = [
      node('Conv', ['x', 'w0'], ['a'], {}, { name: 'a' }),
      node('GroupNormalization', ['a', 'scale', 'bias'], ['b'], { num_groups: 4n }, { name: 'b' }),
      node('Conv', ['b', 'w1'], ['y'], {}, { name: 'y' }),
    ];
    const initializers = [
      values('w0', 8, 3, 3, 3),
      values('w1', 2, 8, 1, 1),
      values('scale', parameters),
      values('bias', parameters),
    ];
    const ports = { inputs: [valueInfo('x', ['N', 3, 'H', 'W'])], outputs: [valueInfo('y', null)] };
    const made = await removeEveryOther(model(graph({ nodes, initializers, ...ports }), { opset, irVersion: 10n }));
    expect(made.groups.map(({ id, units }) => [id, units.length])).toEqual([['graph/a', 4]]);
    expect(made.problems).toEqual([]);
    expect((await differencesOf([made]))[0]).toBeLessThan(tolerance);
  });

  it('takes channels of both operands that a fused normalization adds along another axis', async () => {
    const values = (name: string, ...dims: number[]) => {
      const length = productOf(dims);
      return floatTensor(
        name,
        dims,
        Float32Array.from({ length }, (_, at) => Math.sin(at * at + length)),
      );
    };
    const fused = { name: 'sum', domain: MICROSOFT_DOMAIN };
    const nodes = [
      node('Conv', ['x', 'w0'], ['a'], {}, { name: 'a' }),
      node('Conv', ['x', 'w1'], ['b'], {}, { name: 'b' }),
      node('SkipLayerNormalization', ['a', 'b', 'gamma', 'beta'], ['c', '', '', 'd'], {}, fused),
      node('Add', ['c', 'd'], ['e'], {}, { name: 'e' }),
      node('Conv', ['e', 'w2'], ['y'], {}, { name: 'y' }),
    ];
    const initializers = [
      values('w0', 6, 3, 1),
      values('w1', 6, 3, 1),
      values('w2', 2, 6, 1),
      values('gamma', 8),
      values('beta', 8),
    ];
    const ports = { inputs: [valueInfo('x', [1, 3, 8])], outputs: [valueInfo('y', null)] };
    const opsetImports = [
      { domain: '', version: 17n },
      { domain: MICROSOFT_DOMAIN, version: 1n },
    ];
    const made = await removeEveryOther(model(graph({ nodes, initializers, ...ports }), { opsetImports }));
    expect(made.groups.map(({ units, layers }) => [units.length, layers.length])).toEqual([[6, 3]]);
    expect(made.problems).toEqual([]);
    expect((await differencesOf([made]))[0]).toBeLessThan(tolerance);
  });

  it.each([
    // Depthwise and pointwise, BatchNormalization, residual sums: three stages and the stem.
    ['fashion-cnn', 4],
    // Heads and hidden channels of three layers, and the width that LayerNormalization averages over.
    ['fashion-transformer', 7],
    // Units of two layers, one behind the other.
    ['fashion-lstm', 2],
    // Weights in Constant nodes, squeeze and excite, hard swish, a shape that is calculated.
    ['ch_ppocr_mobile_v2.0_cls_infer', 26],
    // Channels that grow by zeros from ConstantOfShape.
    ['face_detection_front_128x128_barracuda', 12],
  ])('does so for %s, in %i groups', async (name, count) => {
    const original = decodeModel(new MemorySource(readFileSync(`public/samples/${name}.onnx`)));
    const made = await removeEveryOther(original);
    expect(made.groups).toHaveLength(count);
    expect(made.problems).toEqual([]);
    expect(bytesOf(made.pruned).length).toBeLessThan(0.6 * bytesOf(original).length);
    expect((await differencesOf([made]))[0]).toBeLessThan(1e-5);
  });
});
