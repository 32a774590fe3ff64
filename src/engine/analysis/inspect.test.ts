import { describe, expect, it } from 'vitest';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { inspect } from './inspect';
import { bertBase, mobileNetV2, resnet50, vitB16 } from './testing/skeletons';

const file = { name: 'model.onnx', sizeBytes: 0, sha256: '' };

describe('multiply-accumulate operations of published networks', () => {
  // Multiplications of matrices and convolutions, one for each product that is added up; no elementwise work.
  it.each([
    ['ResNet-50', resnet50, 4.09e9],
    ['MobileNetV2', mobileNetV2, 0.3e9],
    ['BERT-base at 128 tokens', bertBase, 11.2e9],
    ['ViT-B/16', vitB16, 17.6e9],
  ])('are the published ones for %s', (_name, build, published) => {
    const { macs } = inspect(build(), file);
    expect(Math.abs(macs! / published - 1)).toBeLessThan(0.01);
  });
});

describe('inspect', () => {
  const dense = model(
    graph({
      nodes: [node('MatMul', ['x', 'w'], ['y']), node('Relu', ['y'], ['z'])],
      inputs: [valueInfo('x', ['N', 8]), valueInfo('w', [8, 4])],
      outputs: [valueInfo('z', null)],
    }),
  );

  it('gives every value the shape that its operator makes, with symbols for what is open', () => {
    const { values, outputs, nodes, macs } = inspect(dense, file);
    expect(values['y']).toEqual({ dtype: 'float32', shape: ['N', 4] });
    expect(outputs).toEqual([{ name: 'z', dtype: 'float32', shape: ['N', 4] }]);
    expect(nodes.map(({ outputShapes }) => outputShapes)).toEqual([[['N', 4]], [['N', 4]]]);
    expect(macs).toBeNull();
    expect(nodes.map((entry) => entry.macs)).toEqual([null, 0]);
  });

  it('warns of an operator set that the runtime does not know, and of names that several nodes have', () => {
    const nodes = ['a', 'b', 'c'].map((output, index) =>
      node('Relu', ['x'], [output], {}, { name: index < 2 ? 'twin' : 'single' }),
    );
    const build = (opset: number) =>
      model(graph({ nodes, inputs: [valueInfo('x', [1])], outputs: [valueInfo('a', null)] }), { opset });
    const twice = '1 node name is used more than once: twin. An option that names one means all its nodes.';
    expect(inspect(build(26), file).warnings).toEqual([twice]);
    expect(inspect(build(99), file).warnings).toEqual([
      'Uses operator set 99; the runtime knows them up to 26 and will not load it. Export it with an older one.',
      twice,
    ]);
  });

  it('gives numbers once the free dimensions have sizes', () => {
    const { inputs, values, macs, nodes } = inspect(dense, file, { dimensions: { N: 3 } });
    expect(inputs[0]!.shape).toEqual([3, 8]);
    expect(values['z']!.shape).toEqual([3, 4]);
    expect(nodes[0]!.macs).toBe(3 * 8 * 4);
    expect(macs).toBe(3 * 8 * 4);
  });

  it('counts FLOPs as two for each MAC and one for each element of other arithmetic, and bytes in and out', () => {
    const { nodes, flops, bytes, operators } = inspect(dense, file, { dimensions: { N: 3 } });
    expect(nodes.map((entry) => entry.flops)).toEqual([2 * 3 * 8 * 4, 3 * 4]);
    expect(nodes.map((entry) => entry.bytes)).toEqual([4 * (3 * 8 + 8 * 4 + 3 * 4), 4 * (3 * 4 + 3 * 4)]);
    expect(flops).toBe(192 + 12);
    expect(bytes).toBe(272 + 96);
    expect(operators).toEqual({ MatMul: 1, Relu: 1 });
  });

  it('gives no peak while a size is open, and says why', () => {
    expect(inspect(dense, file)).toMatchObject({ flops: null, bytes: null, peakActivationBytes: null });
    expect(inspect(dense, file).peakActivationUnknown).toContain('The size of "x" is not known.');
    const sized = inspect(dense, file, { dimensions: { N: 3 } });
    expect(sized.peakActivationBytes).toMatchObject({ node: 'graph/Relu_1', bytes: 4 * (24 + 32 + 12 + 12) });
  });
});
