import { describe, expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import type { Model } from '../../engine/onnx/graph';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { measureNodes } from '../nodes/measure-nodes';
import { blobOfModel } from '../files/model-blob';
import { createNodeHost } from './node-host';

const never = new AbortController().signal;
const files = (built: Model) => ({ model: blobOfModel(built), name: 'built.onnx', externalData: [] });

const scaled = (factor: number) =>
  files(
    model(
      graph({
        nodes: [node('Mul', ['x', 'w'], ['s'], {}, { name: 'scale' }), node('Sin', ['s'], ['y'], {}, { name: 'sin' })],
        initializers: [floatTensor('w', [1], [factor])],
        inputs: [valueInfo('x', [1, 64])],
        outputs: [valueInfo('y', [1, 64])],
      }),
    ),
  );

const ones: Feeds = { x: { dtype: 'float32', dims: [1, 64], data: new Float32Array(64).fill(1) } };

function measure(signal: AbortSignal, variant: ReturnType<typeof files> | null, feeds: readonly Feeds[] | null) {
  const done: number[] = [];
  const request = { original: scaled(1), variant, freeDimensions: {}, threads: 1, seed: 3, feeds };
  const measured = measureNodes(signal, createNodeHost(), request, (progress) => done.push(progress.done));
  return { measured, done };
}

describe('measureNodes', () => {
  it('times both models and compares their values on the inputs that it is given', async () => {
    const { measured, done } = measure(never, scaled(1.5), [ones]);
    const { original, variant } = await measured;
    expect(original.nodes.map(({ path }) => path)).toEqual(['graph/scale', 'graph/sin']);
    expect(variant!.times.nodes.map(({ path }) => path)).toEqual(['graph/scale', 'graph/sin']);
    expect(variant!.sqnr).toMatchObject({ samples: 1, inputs: 'data' });
    // 1.5 in place of 1 is an error of a half.
    expect(variant!.sqnr.nodes[0]!.sqnrDb).toBeCloseTo(20 * Math.log10(2), 9);
    expect(done).toEqual([...done].sort((a, b) => a - b));
    expect(done.at(-1)).toBe(100);
  });

  it('measures an original alone, on inputs that it makes up', async () => {
    const { measured, done } = measure(never, null, null);
    expect(await measured).toMatchObject({ threads: 1, variant: null, original: { runs: 12 } });
    expect(done.at(-1)).toBe(100);
  });

  it('says which of the models does not run, and passes an abort on', async () => {
    const broken = {
      ...scaled(1),
      model: blobOfModel(model(graph({ nodes: [node('NoSuchOperator', ['x'], ['y'])] }))),
    };
    await expect(measure(never, broken, null).measured).rejects.toThrow(/^The variant failed to run on WASM/);
    const controller = new AbortController();
    controller.abort(new Error('enough'));
    await expect(measure(controller.signal, null, null).measured).rejects.toThrow('enough');
  });
});
