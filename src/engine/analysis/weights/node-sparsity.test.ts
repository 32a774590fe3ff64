import { describe, expect, it } from 'vitest';
import { DataType, type DataTypeCode } from '../../onnx/data-type';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../onnx/testing/build';
import { createTensor } from '../../onnx/tensor';
import type { Progress } from '../../progress';
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

  it('takes the zero point of a quantized weight for zero, of each channel its own', async () => {
    const bytes = (name: string, dims: readonly number[], values: readonly number[], dataType: DataTypeCode) =>
      createTensor({ name, dataType, dims, bytes: Uint8Array.from(values) });
    const { uint8, int8 } = DataType;
    const quantized = model(
      graph({
        nodes: [
          node('DequantizeLinear', ['whole', 's', 'seven'], ['a'], {}, { name: 'one' }),
          node('DequantizeLinear', ['rows', 'ss', 'points'], ['b'], { axis: 0n }, { name: 'rows' }),
          node('MatMulInteger', ['x', 'matrix', '', 'minus'], ['c'], {}, { name: 'product' }),
          node('DequantizeLinear', ['given', 's', 'asked'], ['d'], {}, { name: 'asked' }),
          node('MatMulInteger', ['x', 'wide', '', 'columns'], ['e'], {}, { name: 'columns' }),
          node('DequantizeLinear', ['blocks', 'sss'], ['f'], { axis: 1n, block_size: 2n }, { name: 'blocks' }),
          node('DequantizeLinear', ['blocks2', 'sss', 'pp'], ['g'], { axis: 1n, block_size: 2n }, { name: 'shifted' }),
        ],
        initializers: [
          bytes('whole', [4], [7, 7, 0, 7], uint8),
          bytes('seven', [], [7], uint8),
          bytes('rows', [2, 3], [1, 1, 2, 1, 2, 2], uint8),
          bytes('points', [2], [1, 2], uint8),
          bytes('matrix', [2, 2], [255, 255, 255, 0], int8),
          bytes('minus', [], [255], int8),
          bytes('given', [2], [0, 0], uint8),
          bytes('wide', [2, 3], [1, 2, 0, 1, 0, 0], uint8),
          bytes('columns', [3], [1, 2, 3], uint8),
          bytes('blocks', [1, 4], [0, 1, 0, 0], uint8),
          bytes('blocks2', [1, 4], [0, 1, 0, 0], uint8),
          bytes('pp', [1, 2], [0, 1], uint8),
          floatTensor('sss', [1, 2], [0.5, 0.25]),
          floatTensor('s', [], [0.5]),
          floatTensor('ss', [2], [0.5, 0.25]),
        ],
        inputs: [valueInfo('x', [1, 2], uint8), valueInfo('asked', [], uint8)],
        outputs: [valueInfo('a', null)],
      }),
    );
    const quiet = { checkpoint: () => Promise.resolve(), progress: () => undefined };
    // Scales and zero points are elements too.
    expect(Object.fromEntries(await nodeSparsity(quantized, quiet))).toEqual({
      'graph/one': 3 / 6,
      'graph/rows': 4 / 10,
      'graph/product': 3 / 5,
      'graph/asked': null,
      // No scale is asked for: MatMulInteger names none.
      'graph/columns': 3 / 9,
      // Without zero points, zero is zero in every block.
      'graph/blocks': 3 / 6,
      'graph/shifted': null,
    });
  });

  it('ends when it is canceled, between two parts of a weight', async () => {
    let left = 1;
    const checkpoint = () => (left-- > 0 ? Promise.resolve() : Promise.reject(new Error('canceled')));
    const seen: Progress[] = [];
    await expect(nodeSparsity(example, { checkpoint, progress: (progress) => seen.push(progress) })).rejects.toThrow(
      'canceled',
    );
    expect(seen.at(-1)!.done).toBeLessThan(600_000);
  });
});
