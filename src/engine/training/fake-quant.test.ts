import { describe, expect, it } from 'vitest';
import { floatTensor, graph, model, node, valueInfo } from '../onnx/testing/build';
import { activationGrid, codeOf, weightGrid, withFakeQuantization } from './fake-quant';
import { isNotTrainable, prepareForward, trainingDomain } from './prepare-forward';

const ready = () => Promise.resolve();

describe('grids', () => {
  it('puts zero on the grid of activations, and reaches both ends', () => {
    const { scales, low, high } = activationGrid(-1, 3);
    expect([low, high]).toEqual([-64, 191]);
    expect(scales[0]! * high).toBeCloseTo(3, 1);
    expect(activationGrid(0.5, 2.55)).toEqual({ scales: Float32Array.of(0.01), low: -0, high: 255 });
    expect(activationGrid(0, 0).scales).toEqual(Float32Array.of(1));
  });

  it('chooses the scale of each channel that loses least, not the one that holds everything', async () => {
    const outlier = [...Array.from({ length: 31 }, (_, index) => (index % 7) - 3), 14];
    const weight = floatTensor('w', [2, 32], [...outlier, ...outlier.map((value) => value / 10)]);
    const { scales, low, high, axis } = await weightGrid(weight, 0, 4, ready);
    expect([low, high, axis]).toEqual([-8, 7, 0]);
    expect(scales[0]!).toBeLessThan(14 / 7);
    expect(scales[1]!).toBeCloseTo(scales[0]! / 10, 5);
  });

  it('finds the channels of an inner axis', async () => {
    const weight = floatTensor('w', [3, 2], [1, 10, 1, 10, 1, 10]);
    const { scales } = await weightGrid(weight, 1, 8, ready);
    expect(scales[1]!).toBeCloseTo(10 * scales[0]!, 4);
  });

  it('rounds halves up and keeps within the bounds', () => {
    expect([0.5, -0.5, 1.49, 9, -9].map((value) => codeOf(value, 1, -8, 7))).toEqual([1, 0, 1, 7, -8]);
  });
});

describe('withFakeQuantization', () => {
  it('quantizes a value once for all its readers and keeps other layers unchanged', () => {
    const main = graph({
      nodes: [node('MatMul', ['x', 'v'], ['a']), node('Gemm', ['x', 'w'], ['b']), node('Gemm', ['x', 'u'], ['c'])],
      initializers: ['u', 'v', 'w'].map((name) => floatTensor(name, [2, 3], [1, 2, 3, 4, 5, 6])),
      inputs: [valueInfo('x', [4, 2])],
      outputs: ['a', 'b', 'c'].map((name) => valueInfo(name, null)),
    });
    const forward = prepareForward(model(main, { opset: 18 }), { batch: 4, inputs: new Map([['x', [4, 2]]]) });
    if (isNotTrainable(forward)) throw new Error(forward.reason);
    const grid = { scales: Float32Array.of(1, 1, 1), axis: 1, low: -8, high: 7 };
    const { forward: quantized, scaleNames } = withFakeQuantization(forward, {
      activations: new Map([['x', activationGrid(0, 1)]]),
      weights: new Map([
        ['w', grid],
        ['u', grid],
      ]),
      layers: new Set(['b', 'c']),
    });
    const { nodes } = quantized.graph;
    expect(nodes.filter(({ domain }) => domain === trainingDomain)).toHaveLength(15);
    expect(nodes.find(({ outputs }) => outputs[0] === 'a')!.inputs).toEqual(['x', 'v']);
    const [b, c] = nodes.filter(({ opType }) => opType === 'Gemm');
    expect(b!.inputs[0]).toBe(c!.inputs[0]);
    expect(quantized.shapeOf(b!.inputs[1]!)).toEqual([2, 3]);
    expect([...scaleNames.keys()]).toEqual(['w', 'u']);
    expect(quantized.shapeOf(scaleNames.get('w')!)).toEqual([1, 3]);
  });
});
