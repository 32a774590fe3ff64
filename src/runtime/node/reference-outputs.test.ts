import { expect, it } from 'vitest';
import type { Feeds } from '../../engine/data/feeds';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { blobOfModel } from '../files/model-blob';
import { runReference } from '../benchmark/reference-outputs';
import { createInProcessHost } from './testing/in-process-host';

const referenceOf = (op: string) => {
  const nodes = [node(op, ['x'], ['y'])];
  const built = model(graph({ nodes, inputs: [valueInfo('x', [1, 64])], outputs: [valueInfo('y', [1, 64])] }));
  const original = { model: blobOfModel(built), name: 'built.onnx', externalData: [] };
  const request = { original, freeDimensions: {}, seed: 1, threads: 1 };
  return runReference(new AbortController().signal, createInProcessHost(), request);
};

it('finds out that a model draws random numbers, and says so of no other', async () => {
  const random = await referenceOf('RandomNormalLike');
  expect(random.problem).toBe(
    'The original is not deterministic: two runs on the same inputs give different values of output "y", as in a model that draws random numbers.',
  );
  expect((await referenceOf('Sin')).problem).toBeUndefined();
});

it('opens no session for runs that are known with the measured shapes', async () => {
  const row = (columns: number) => {
    const feeds: Feeds = { x: { dtype: 'float32', dims: [1, columns], data: new Float32Array(columns) } };
    return { feeds, outputs: feeds };
  };
  const original = { model: new Blob(), name: 'gone.onnx', externalData: [] };
  const inputs = [{ name: 'x', dtype: 'float32', shape: ['N', 64] }];
  const find = (known: readonly ReturnType<typeof row>[]) => {
    const request = { original, freeDimensions: {}, seed: 1, threads: 1, known, inputs };
    return runReference(new AbortController().signal, createInProcessHost(), request);
  };
  const [known, other] = [row(64), row(32)];
  expect(await find([other, known])).toEqual({
    sets: [known],
    kinds: 1,
    inputs: 'data',
    freeDimensions: { N: 1 },
    batch: 1,
  });
  await expect(find([other])).rejects.toThrow('create a session');
});
