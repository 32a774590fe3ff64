import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { compileModel, type Build } from '../../engine/compile/compile-model';
import { refuseLargeModel } from '../../engine/compile/prepare-model';
import { MemorySource } from '../../engine/onnx/byte-source';
import { decodeModel } from '../../engine/onnx/codec/decode';
import { DataType } from '../../engine/onnx/data-type';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { compileFiles } from './compile-files';
import { openCompiled } from './compiled-instance';
import { createInProcessInference } from '../node/testing/in-process-inference';
import type { RecipeHost } from '../../engine/recipe/recipe-host';
import { createHash } from 'node:crypto';

const host: RecipeHost = {
  signal: new AbortController().signal,
  checkpoint: () => Promise.resolve(),
  inference: createInProcessInference(),
  createHash: () => {
    const hash = createHash('sha256');
    return { update: (bytes) => void hash.update(bytes), digestHex: () => hash.digest('hex') };
  },
};

const builds: readonly Build[] = ['simd', 'relaxed'];

describe('compileFiles', () => {
  it('compiles a depthwise network with the outputs of the model', async () => {
    const bytes = await readFile('public/samples/fashion-cnn.onnx');
    const request = { dimensions: {}, builds, inline: false, name: 'fashion-cnn' };
    const made = await compileFiles({ ...request, model: decodeModel(new MemorySource(bytes)) }, host);
    expect(made.report.sqnrDb).toBeGreaterThan(110);
    expect(made.files.map(([name]) => name)).toEqual([
      ...['model.wasm', 'model.relaxed.wasm', 'model.mjs', 'model.d.ts', 'example.html', 'report.json'],
    ]);
    expect(made.report.codeBytes).toBeLessThan(40_000);
  });

  it('names an operator that is missing', async () => {
    const unknown = graph({
      nodes: [node('Det', ['x'], ['y'])],
      inputs: [valueInfo('x', [2, 2])],
      outputs: [valueInfo('y', [])],
    });
    const request = { dimensions: {}, builds, inline: false, name: 'unknown' };
    await expect(compileFiles({ ...request, model: model(unknown) }, host)).rejects.toThrow('the operator Det');
  });

  it('refuses a cache that grows, and takes one of a fixed size with the length of its mask', async () => {
    const writer = decodeModel(new MemorySource(await readFile('public/samples/writer.onnx')));
    const request = { builds, inline: false, name: 'writer', model: writer };
    await expect(compileFiles({ ...request, dimensions: {} }, host)).rejects.toThrow('a cache that grows');
    const dimensions = { sequence_length: 1, past_sequence_length: 15 };
    const { report } = await compileFiles({ ...request, dimensions }, host);
    expect(report.inputs).toContainEqual({ name: 'attention_mask', type: 'int64', shape: [1, 16] });
    expect(report.sqnrDb).toBeGreaterThan(100);
  });

  it('names the inputs of sizes with which the model does not run', async () => {
    const halved = graph({
      nodes: [
        node('MaxPool', ['x'], ['p'], { kernel_shape: [2n], strides: [2n] }),
        node('Resize', ['p', '', 's'], ['r']),
        node('Add', ['x', 'r'], ['y']),
      ],
      initializers: [floatTensor('s', [3], [1, 1, 2])],
      inputs: [valueInfo('x', [1, 2, 'width'])],
      outputs: [valueInfo('y', null)],
    });
    const request = { builds, inline: false, name: 'halved', model: model(halved) };
    await expect(compileFiles({ ...request, dimensions: { width: 9 } }, host)).rejects.toThrow(
      'The model does not run with “x” of [1, 2, 9].',
    );
    const { report } = await compileFiles({ ...request, dimensions: { width: 8 } }, host);
    expect(report.outputs[0]?.shape).toEqual([1, 2, 8]);
  });

  it('makes the module for one value of an input that chooses between branches of different shapes', async () => {
    const branch = (op: string, inputs: readonly string[]) =>
      graph({
        nodes: [node(op, inputs, [`${op}/y`], op === 'Concat' ? { axis: 0n } : {})],
        outputs: [valueInfo(`${op}/y`, null)],
      });
    const rated = model(
      graph({
        nodes: [
          node('Equal', ['sr', 'high'], ['isHigh']),
          node('If', ['isHigh'], ['z'], {
            then_branch: branch('Concat', ['x', 'x', 'one']),
            else_branch: branch('Neg', ['x']),
          }),
          node('ReduceSum', ['z'], ['y'], { keepdims: 0n }),
        ],
        initializers: [int64Tensor('high', [], [16000]), floatTensor('one', [1], [1])],
        inputs: [valueInfo('x', [4]), valueInfo('sr', [], DataType.int64)],
        outputs: [valueInfo('y', [])],
      }),
    );
    const request = { dimensions: {}, builds, inline: false, name: 'rated', model: rated };
    const x = { x: { dtype: 'float32', dims: [4], data: Float32Array.of(1, 2, 3, 4) } } as const;
    for (const [values, rate, sum] of [
      [{}, 16000, 21],
      [{ sr: 8000 }, 8000, -10],
    ] as const) {
      const { compiled, report } = await compileFiles({ ...request, values }, host);
      expect(report.fixedInputs).toEqual({ sr: rate });
      expect(compiled.inputs.map(({ name }) => name)).toEqual(['x']);
      expect((await openCompiled(compiled, 'simd')).run(x)['y']!.data).toEqual(Float32Array.of(sum));
    }
  });
});

describe('refuseLargeModel', () => {
  it('names the largest size', () => {
    expect(() => refuseLargeModel(512e6)).not.toThrow();
    expect(() => refuseLargeModel(513e6)).toThrow('Models above 512 MB are not compiled.');
  });
});

describe('compileModel', () => {
  it('refuses shapes that are not fixed', () => {
    const free = graph({
      nodes: [node('Relu', ['x'], ['y'])],
      inputs: [valueInfo('x', ['n', 2])],
      outputs: [valueInfo('y', ['n', 2])],
    });
    expect(compileModel(model(free)).refusals?.[0]?.reason).toContain('is not fixed');
  });

  it.each(['Add', 'Sub', 'Mul', 'Div'])('refuses %s that aligns its inputs by axis', (op) => {
    const made = (version: bigint) =>
      model(
        graph({
          nodes: [node(op, ['x', 'b'], ['y'], { axis: 0n, broadcast: 1n })],
          inputs: [valueInfo('x', [2, 2]), valueInfo('b', [2])],
          outputs: [valueInfo('y', [2, 2])],
        }),
        { opsetImports: [{ domain: '', version }] },
      );
    expect(compileModel(made(6n)).refusals?.[0]?.reason).toContain('Convert the model to opset 7');
    expect(compileModel(made(7n)).refusals).toBeUndefined();
  });
});
