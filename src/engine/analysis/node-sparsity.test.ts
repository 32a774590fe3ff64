import { describe, expect, it } from 'vitest';
import { DataType } from '../onnx/data-type';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../onnx/testing/build';
import { createTensor } from '../onnx/tensor';
import type { Progress } from '../passes/pass';
import { nodeSparsity } from './node-sparsity';

const big = new Float32Array(600_000).map((_, index) => (index % 4 === 0 ? 0 : 1));

const example = model(
  graph({
    nodes: [
      node('MatMul', ['x', 'w'], ['a'], {}, { name: 'dense' }),
      node('Add', ['a', 'bias'], ['b'], {}, { name: 'add' }),
      node('Mul', ['b', 'bias'], ['c'], {}, { name: 'mul' }),
      node('Relu', ['c'], ['d'], {}, { name: 'relu' }),
      node('Reshape', ['d', 'shape'], ['e'], {}, { name: 'reshape' }),
      node('Cast', ['odd'], ['f'], { to: 1n }, { name: 'cast' }),
      node('Concat', ['bias', 'halves'], ['g'], { axis: 0n }, { name: 'both' }),
    ],
    initializers: [
      floatTensor('w', [300, 2000], big),
      floatTensor('bias', [4], [0, -0, 1, Number.NaN]),
      floatTensor('halves', [12], [0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]),
      int64Tensor('shape', [2], [0, -1]),
      createTensor({ name: 'odd', dataType: DataType.float8e4m3fn, dims: [2], bytes: Uint8Array.of(0, 1) }),
    ],
    inputs: [valueInfo('x', [1, 300])],
    outputs: [valueInfo('e', null)],
  }),
);

describe('nodeSparsity', () => {
  it('gives the share of zeros of the weights that each node reads', async () => {
    const seen: Progress[] = [];
    const shares = await nodeSparsity(example, {
      checkpoint: () => Promise.resolve(),
      progress: (progress) => seen.push(progress),
    });
    expect(Object.fromEntries(shares)).toEqual({
      'graph/dense': 0.25,
      'graph/add': 0.5,
      'graph/mul': 0.5,
      'graph/both': 0.5,
      'graph/cast': null,
    });
    expect(seen.length).toBeGreaterThan(3);
    expect(seen.map(({ done }) => done)).toEqual(seen.map(({ done }) => done).toSorted((a, b) => a - b));
    expect(seen.at(-1)).toMatchObject({ done: 600_018, total: 600_018 });
  });

  it('ends when it is cancelled, between two parts of a weight', async () => {
    let left = 1;
    const checkpoint = () => (left-- > 0 ? Promise.resolve() : Promise.reject(new Error('cancelled')));
    const seen: Progress[] = [];
    await expect(nodeSparsity(example, { checkpoint, progress: (progress) => seen.push(progress) })).rejects.toThrow(
      'cancelled',
    );
    expect(seen.at(-1)!.done).toBeLessThan(600_000);
  });
});
