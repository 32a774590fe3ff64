import { describe, expect, it } from 'vitest';
import { encodeFiles } from './encode-files';
import { joinParts } from './encode';
import { floatTensor, graph, model, node, valueInfo } from '../testing/build';
import { runModelInNode } from '../../../runtime/testing/run-model';

const width = 32;
const weight = Float32Array.from({ length: width * width }, (_, index) => ((index * 7) % 17) / 64 - 0.1);
const values = { inputs: [valueInfo('x', [1, width])], outputs: [valueInfo('y', [1, width])] };
const product = node('MatMul', ['x', 'w'], ['y']);
const weightTensor = floatTensor('w', [width, width], weight);
const layers = [
  { holder: 'an initializer', layer: model(graph({ ...values, nodes: [product], initializers: [weightTensor] })) },
  {
    holder: 'a Constant node',
    layer: model(graph({ ...values, nodes: [node('Constant', [], ['w'], { value: weightTensor }), product] })),
  },
];

describe('a model with external data', () => {
  it.each(layers)('gives the same outputs in ONNX Runtime as the single file: $holder', async ({ layer }) => {
    const feeds = { x: { dtype: 'float32' as const, dims: [1, width], data: weight.slice(0, width) } };
    const single = encodeFiles(layer, { storage: 'single-file', dataFileName: 'layer.onnx.data' });
    const { model: bare, externalData } = encodeFiles(layer, { storage: 'external', dataFileName: 'layer.onnx.data' });
    expect(externalData.map(({ data: { sizeBytes } }) => sizeBytes)).toEqual([weight.byteLength]);
    expect(bare.sizeBytes).toBeLessThan(weight.byteLength);
    const data = externalData.map((file) => ({ path: file.name, data: joinParts(file.data) }));
    const expected = await runModelInNode(joinParts(single.model), feeds);
    const outputs = await runModelInNode(joinParts(bare), feeds, { externalData: data });
    expect(outputs.y!.data).toEqual(expected.y!.data);
    await expect(runModelInNode(joinParts(bare), feeds)).rejects.toThrow('layer.onnx.data');
  });
});
