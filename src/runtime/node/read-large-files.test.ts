import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { encodeFiles } from '../../engine/onnx/codec/encode-files';
import { joinParts } from '../../engine/onnx/codec/encode';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import type { ModelFiles } from '../models/model-files';
import { modelOnDisk, readModelFiles } from './disk/model-from-disk';
import { createNodeHost } from './node-host';

const width = 2048;
const weightBytes = 4 * width * width;
const megabyte = 2 ** 20;

/** Products one after the other, whose weights move the values by a place and scale them. */
function moving(weights: number) {
  const names = Array.from({ length: weights }, (_, index) => `w${index}`);
  return model(
    graph({
      inputs: [valueInfo('x', [1, width])],
      outputs: [valueInfo(`y${weights - 1}`, [1, width])],
      initializers: names.map((name, index) => {
        const values = new Float32Array(width * width);
        for (let row = 0; row < width; row++) values[row * width + ((row + 1) % width)] = index + 2;
        return floatTensor(name, [width, width], values);
      }),
      nodes: names.map((name, index) => node('MatMul', [index === 0 ? 'x' : `y${index - 1}`, name], [`y${index}`])),
    }),
  );
}

describe('a session of a large file', () => {
  let folder = '';
  const at = (name: string) => join(folder, name);
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'pareto-large-files-'));
    const large = moving(4);
    writeFileSync(at('one.onnx'), joinParts(encodeFiles(large, { storage: 'single-file', dataFileName: '' }).model));
    const apart = encodeFiles(large, { storage: 'external', dataFileName: 'two.data' });
    writeFileSync(at('two.onnx'), joinParts(apart.model));
    writeFileSync(at('two.data'), joinParts(apart.externalData[0]!.data));
    writeFileSync(at('damaged.onnx'), readFileSync(at('one.onnx')).subarray(0, 65_000_000));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  const run = async (files: ModelFiles) => {
    const spec = { files, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false } as const;
    const session = await createNodeHost().open(new AbortController().signal, spec);
    const data = Float32Array.from({ length: width }, (_, index) => index);
    const { outputs } = await session.run({ x: { dtype: 'float32', dims: [1, width], data } });
    const heapBytes = await session.heapBytes();
    session.close();
    return { values: [...(outputs['y3']!.data as Float32Array)], heapBytes: heapBytes! };
  };
  const expected = Array.from({ length: width }, (_, index) => ((index - 4 + width) % width) * 2 * 3 * 4 * 5);

  it('computes the same with weights read one by one, in a smaller heap', async () => {
    const inMemory = { model: new Blob([readFileSync(at('one.onnx'))]), name: 'one.onnx', externalData: [] };
    const whole = await run(inMemory);
    const one = await run(await readModelFiles(modelOnDisk([at('one.onnx')])));
    const two = await run(await readModelFiles(modelOnDisk([at('two.onnx'), at('two.data')])));
    expect([one.values, two.values, whole.values]).toEqual([expected, expected, expected]);
    expect(whole.heapBytes - one.heapBytes).toBeGreaterThan(weightBytes);
    expect(two.heapBytes).toBeLessThan(one.heapBytes + megabyte);
  }, 120_000);

  it('reads the given model, not the file, if a caller changed it', async () => {
    const files = await readModelFiles(modelOnDisk([at('two.onnx'), at('two.data')]));
    const other = encodeFiles(moving(1), { storage: 'single-file', dataFileName: '' }).model;
    const spec = { ep: 'wasm', threads: 1, freeDimensions: {}, profile: false } as const;
    const session = await createNodeHost().open(new AbortController().signal, {
      ...spec,
      files: { ...files, model: new Blob([joinParts(other) as Uint8Array<ArrayBuffer>]) },
    });
    const { outputs } = await session.run({
      x: { dtype: 'float32', dims: [1, width], data: new Float32Array(width).fill(1) },
    });
    session.close();
    expect([...new Set(outputs['y0']!.data as Float32Array)]).toEqual([2]);
  }, 120_000);

  it('reports a damaged file in the words of the runtime', async () => {
    await expect(run(await readModelFiles(modelOnDisk([at('damaged.onnx')])))).rejects.toThrow(/protobuf/i);
  }, 120_000);
});
