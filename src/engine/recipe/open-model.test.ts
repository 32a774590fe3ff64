import { describe, expect, it } from 'vitest';
import { MemorySource } from '../onnx/byte-source';
import { encodeModel, joinParts } from '../onnx/codec/encode';
import { graph, model, node, valueInfo } from '../onnx/testing/build';
import { runPipeline } from './pipeline';
import { readModel } from './open-model';

describe('readModel', () => {
  it('sorts nodes that read later results, so that no pass loses them', async () => {
    const nodes = [node('Relu', ['a'], ['y']), node('Neg', ['x'], ['a'])];
    const file = model(graph({ nodes, inputs: [valueInfo('x', [2])], outputs: [valueInfo('y', [2])] }));
    const source = new MemorySource(joinParts(encodeModel(file)));
    const opened = readModel({ name: 'm.onnx', source, sha256: '', findData: () => undefined }).model;
    const step = { pass: 'simplify', options: {}, enabled: true };
    const context = {
      signal: new AbortController().signal,
      progress: () => undefined,
      checkpoint: () => Promise.resolve(),
    };
    const result = await runPipeline(opened, { version: 1, seed: 0, steps: [step] }, context);
    expect(result.model.graph!.nodes.map(({ opType }) => opType)).toEqual(['Neg', 'Relu']);
  });
});
