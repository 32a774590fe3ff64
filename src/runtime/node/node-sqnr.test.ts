import { describe, expect, it } from 'vitest';
import { DataType } from '../../engine/onnx/data-type';
import type { Model, Node } from '../../engine/onnx/graph';
import { shortNames, withShortNames } from '../../engine/onnx/short-names';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { blobOfModel } from '../files/model-blob';
import { measureNodeSqnr, type NodeSamples } from '../nodes/node-sqnr';
import { createInProcessHost } from './testing/in-process-host';

const never = new AbortController().signal;
const files = (built: Model, name: string) => ({ model: blobOfModel(built), name, externalData: [] });

function chain(nodes: readonly Node[], factor: number, input = 'x'): Model {
  return model(
    graph({
      nodes,
      initializers: [floatTensor('w', [1], [factor]), floatTensor('v', [1], [2])],
      inputs: [valueInfo(input, [1, 64])],
      outputs: [valueInfo('y', [1, 64])],
    }),
  );
}

const twoProducts = (factor: number) =>
  chain(
    [
      node('Mul', ['x', 'v'], ['doubled'], {}, { name: 'untouched' }),
      node('Mul', ['doubled', 'w'], ['scaled'], {}, { name: 'first' }),
      node('Mul', ['scaled', 'w'], ['y'], {}, { name: 'second' }),
    ],
    factor,
  );

function compare(original: Model, variant: Model, samples: NodeSamples, onGroup: (share: number) => void = () => {}) {
  const request = { original: files(original, 'a.onnx'), variant: files(variant, 'b.onnx'), samples };
  return measureNodeSqnr(never, createInProcessHost(), { ...request, threads: 1, freeDimensions: {} }, onGroup);
}

const synthetic: NodeSamples = { kind: 'synthetic', count: 3, seed: 5 };

describe('measureNodeSqnr', () => {
  it('gives the SQNR that follows from the change, with the errors of earlier nodes', async () => {
    const shares: number[] = [];
    const result = await compare(twoProducts(1), twoProducts(1 + 1 / 16), synthetic, (share) => shares.push(share));
    expect(result).toMatchObject({ samples: 3, inputs: 'synthetic' });
    const [untouched, first, second] = result.nodes;
    expect(untouched).toMatchObject({ a: 'graph/untouched', b: 'graph/untouched', sqnrDb: 300, maxAbs: 0 });
    // Every value is off by the same factor e, so SQNR = 20 log10(1 / e): 1/16, then (17/16)² − 1 = 33/256.
    expect(first!.sqnrDb).toBeCloseTo(20 * Math.log10(16), 4);
    expect(second!.sqnrDb).toBeCloseTo(20 * Math.log10(256 / 33), 4);
    // Alone, each of them is off by the factor of its own weight.
    expect(untouched!.localSqnrDb).toBe(300);
    for (const { localSqnrDb } of [first!, second!]) expect(localSqnrDb).toBeCloseTo(20 * Math.log10(16), 4);
    expect(shares).toEqual([...shares].sort((a, b) => a - b));
    expect(shares.at(-1)).toBe(1);
  });

  it('takes the inputs that it is given', async () => {
    const ones = { x: { dtype: 'float32', dims: [1, 64], data: new Float32Array(64).fill(1) } };
    const [, first] = (await compare(twoProducts(1), twoProducts(1.5), { kind: 'data', feeds: [ones] })).nodes;
    expect(first).toMatchObject({ maxAbs: 1 });
    expect(first!.sqnrDb).toBeCloseTo(20 * Math.log10(2), 9);
  });

  it('finds values that got short names by those of the original', async () => {
    const original = twoProducts(1);
    const renamed = withShortNames(original, original, shortNames(original, original));
    const nodes = renamed.graph!.nodes.map((each) => ({ ...each, name: undefined }));
    const short = { ...renamed, graph: { ...renamed.graph!, nodes } };
    expect(short.graph!.nodes[1]!.inputs).toEqual(['3', 'w']);
    const result = await compare(original, short, synthetic);
    expect(result.nodes.map(({ a, b, value, sqnrDb }) => [a, b, value, sqnrDb])).toEqual([
      ['graph/untouched', 'graph/Mul_0', 'doubled', 300],
      ['graph/first', 'graph/Mul_1', 'scaled', 300],
      ['graph/second', 'graph/Mul_2', 'y', 300],
    ]);
  });

  it('runs no node alone on values that take more than a group may', async () => {
    // The number of chosen columns is unknown before the run, so each value counts for 16 MB.
    const chosen = (offset: number) => {
      const names = ['a', 'b', 'c', 'd', 'e'];
      const nodes = names.map((name) => node('Compress', ['x', 'chosen'], [name], { axis: 1n }, { name }));
      nodes.push(node('Sum', [...names, 'o'], ['y'], {}, { name: 'sum' }));
      const inputs = [valueInfo('x', [1, 4]), valueInfo('chosen', [4], DataType.bool)];
      const initializers = [floatTensor('o', [1], [offset])];
      return model(graph({ nodes, initializers, inputs, outputs: [valueInfo('y', [1, 'chosen'])] }));
    };
    const feeds = {
      x: { dtype: 'float32', dims: [1, 4], data: Float32Array.of(1, 2, 1, 2) },
      chosen: { dtype: 'bool', dims: [4], data: Uint8Array.of(1, 0, 1, 0) },
    };
    const { nodes } = await compare(chosen(0), chosen(0.5), { kind: 'data', feeds: [feeds] });
    expect(nodes.map(({ localSqnrDb }) => localSqnrDb)).toEqual([300, 300, 300, 300, 300, null]);
    expect(nodes.at(-1)!.sqnrDb).toBeCloseTo(20, 4);
  });

  it('says why a value cannot be compared', async () => {
    const reshaped = chain(
      [
        node('Mul', ['x', 'v'], ['doubled'], {}, { name: 'untouched' }),
        node('Flatten', ['doubled'], ['scaled'], { axis: 0n }, { name: 'first' }),
        node('Flatten', ['scaled'], ['y'], { axis: 1n }, { name: 'second' }),
      ],
      1,
    );
    const other = chain(
      [
        node('Mul', ['x', 'v'], ['doubled'], {}, { name: 'untouched' }),
        node('Flatten', ['doubled'], ['scaled'], { axis: 2n }, { name: 'first' }),
        node('Flatten', ['scaled'], ['y'], { axis: 0n }, { name: 'second' }),
      ],
      1,
    );
    const { nodes } = await compare(reshaped, other, synthetic);
    expect(nodes.map(({ sqnrDb }) => sqnrDb)).toEqual([300, null, 300]);
    expect(nodes[1]!.reason).toContain('has shape [64, 1], the original’s is [1, 64]'.replace('’', "'"));
  });

  it('refuses models with other inputs, and tells which one does not run', async () => {
    const renamed = chain([node('Mul', ['z', 'w'], ['y'])], 1, 'z');
    await expect(compare(twoProducts(1), renamed, synthetic)).rejects.toMatchObject({ code: 'sqnr/inputs' });
    const broken = chain([node('NoSuchOperator', ['x'], ['y'])], 1);
    await expect(compare(twoProducts(1), broken, synthetic)).rejects.toThrow(/^The variant failed to run on WASM/);
  });
});
