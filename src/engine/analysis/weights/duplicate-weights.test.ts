import { describe, expect, it } from 'vitest';
import { DataType } from '../../onnx/data-type';
import type { Graph, Tensor } from '../../onnx/graph';
import { createTensor } from '../../onnx/tensor';
import { floatTensor, graph, model, node } from '../../onnx/testing/build';
import { weights } from '../../onnx/weights';
import { findDuplicateWeights } from './duplicate-weights';

const goOn = { checkpoint: () => Promise.resolve() };
const find = (parts: Partial<Graph>) => findDuplicateWeights(weights(model(graph(parts))), goOn);
const floats = (name: string, ...values: readonly number[]) => floatTensor(name, [values.length], values);

const long = Float32Array.from({ length: 3000 }, (_, index) => index);

describe('findDuplicateWeights', () => {
  it('finds equal weights wherever they are kept, not those that differ late or in shape', async () => {
    const found = await find({
      nodes: [node('Constant', [], ['k'], { value: floatTensor('', [3000], long) })],
      initializers: [
        floatTensor('a', [3000], long),
        floatTensor('b', [3000], long),
        floatTensor('late', [3000], long.with(2999, -1)),
        floatTensor('reshaped', [1, 3000], long),
      ],
    });
    expect(found).toEqual([{ paths: ['graph/a', 'graph/b', 'graph/Constant_0'], bytes: 12_000, savedBytes: 24_000 }]);
  });

  it('compares bits and types, and lists the largest saving first', async () => {
    const found = await find({
      initializers: [
        floats('zero', 0),
        floats('minus', -0),
        createTensor({ name: 'bits', dataType: DataType.int32, dims: [1], bytes: Int32Array.of(0) }),
        floats('nan', Number.NaN),
        floats('other nan', Number.NaN),
        floats('p', 1, 2),
        floats('q', 1, 2),
        floats('r', 1, 2),
      ],
    });
    expect(found.map(({ paths, savedBytes }) => [paths.length, savedBytes])).toEqual([
      [3, 16],
      [2, 4],
    ]);
  });

  it('omits weights without bytes or with only a part of them', async () => {
    const away = (name: string): Tensor => ({
      ...floats(name, 1),
      rawData: undefined,
      dataLocation: 1,
      externalData: [{ key: 'location', value: 'weights.bin' }],
    });
    const values = floats('', 1);
    const sparse = (name: string) => ({
      values: { ...values, name },
      indices: createTensor({ name: '', dataType: DataType.int64, dims: [1], bytes: new BigInt64Array(1) }),
      dims: [4n],
    });
    const found = await find({
      initializers: [floats('none'), floats('nothing'), away('a'), away('b')],
      sparseInitializers: [sparse('s'), sparse('t')],
    });
    expect(found).toEqual([]);
  });

  it('ends when it is canceled', async () => {
    const all = weights(model(graph({ initializers: [floats('a', 1), floats('b', 1)] })));
    const checkpoint = () => Promise.reject(new Error('canceled'));
    await expect(findDuplicateWeights(all, { checkpoint })).rejects.toThrow('canceled');
  });
});
