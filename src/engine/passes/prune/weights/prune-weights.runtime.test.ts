import { describe, expect, it } from 'vitest';
import { MemorySource } from '../../../onnx/byte-source';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { DataType, type DataTypeCode } from '../../../onnx/data-type';
import type { Model, Tensor } from '../../../onnx/graph';
import { float32ToFloat16 } from '../../../onnx/half-float';
import { createTensor, readFloat32, tensorBytes } from '../../../onnx/tensor';
import { floatTensor, graph, model, node, valueInfo } from '../../../onnx/testing/build';
import { runModelInNode } from '../../../../runtime/testing/run-model';
import { resolveOptions } from '../../options';
import type { PassContext } from '../../pass';
import type { Progress } from '../../../progress';
import { passContext } from '../../testing/pass-context';
import { quantizeDynamic } from '../../quantize/dynamic/quantize-dynamic';
import { pruneWeights } from './prune-weights';

/** Exact for numbers of few digits. */
const upperHalves = (values: Float32Array) => Uint16Array.from(new Uint32Array(values.buffer), (bits) => bits >>> 16);

function prune(input: Model, options: Record<string, unknown> = {}, overrides: Partial<PassContext> = {}) {
  return pruneWeights.run(input, resolveOptions(pruneWeights, options), passContext(overrides));
}

/** Y = X·W + B with the given W of shape [2, n]. */
function linearModel(weight: Tensor, bias: Tensor): Model {
  return model(
    graph({
      nodes: [
        node('MatMul', ['X', weight.name ?? ''], ['XW'], {}, { name: 'linear' }),
        node('Add', ['XW', bias.name ?? ''], ['Y'], {}, { name: 'bias' }),
      ],
      initializers: [weight, bias],
      inputs: [valueInfo('X', [1, 2])],
      outputs: [valueInfo('Y', [1, 3])],
    }),
  );
}

function initializer(output: Model, name: string): Tensor {
  const found = output.graph?.initializers.find((tensor) => tensor.name === name);
  if (!found) throw new Error(`no initializer ${name}`);
  return found;
}

const W = floatTensor('W', [2, 3], [0.5, -0.1, 3, -2, 0.1, 0.05]);
const B = floatTensor('B', [3], [0.01, 0.02, 0.03]);

describe('prune-weights', () => {
  it('refuses a weight without elements', async () => {
    const input = linearModel(floatTensor('W', [2, 0], []), B);
    const { model: output, refusals } = await prune(input);
    expect(output).toBe(input);
    expect(refusals.map(({ path, code }) => [path, code])).toEqual([['graph/linear', 'empty']]);
  });

  it('sets exactly the smallest weights to zero and leaves the bias', async () => {
    const input = linearModel(W, B);
    const { model: output, changes, details } = await prune(input, { amount: 0.5 });
    expect([...readFloat32(initializer(output, 'W'))]).toEqual([0.5, 0, 3, -2, 0, 0]);
    expect(initializer(output, 'B')).toBe(B);
    expect(changes).toEqual([{ path: 'graph/linear', op: 'MatMul', what: 'set 50.0 % of W to zero' }]);
    expect(details?.['sparsity']).toMatchObject({ rows: [['graph/W', 6, 3, 0.5]], total: ['', 6, 3, 0.5] });
    expect([...readFloat32(W)]).toEqual([...Float32Array.of(0.5, -0.1, 3, -2, 0.1, 0.05)]);
  });

  it('prunes the weight of an Einsum', async () => {
    const linear = linearModel(W, B);
    const nodes = linear.graph!.nodes.map((entry) =>
      entry.opType === 'MatMul'
        ? node('Einsum', entry.inputs, entry.outputs, { equation: 'ij,jk->ik' }, { name: 'sum' })
        : entry,
    );
    const { model: output, changes } = await prune({ ...linear, graph: { ...linear.graph!, nodes } }, { amount: 0.5 });
    expect([...readFloat32(initializer(output, 'W'))]).toEqual([0.5, 0, 3, -2, 0, 0]);
    expect(changes).toEqual([{ path: 'graph/sum', op: 'Einsum', what: 'set 50.0 % of W to zero' }]);
  });

  it('computes with the zeros in the runtime', async () => {
    const { model: output } = await prune(linearModel(W, B), { amount: 0.5 });
    const { Y } = await runModelInNode(joinParts(encodeModel(output)), {
      X: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(2, 10) },
    });
    const expected = [2 * 0.5 + 10 * -2 + 0.01, 0.02, 2 * 3 + 0.03];
    [...(Y!.data as Float32Array)].forEach((value, index) => expect(value).toBeCloseTo(expected[index]!, 5));
  });

  it('breaks ties by index', async () => {
    const equal = floatTensor('W', [2, 3], [1, -1, 1, -1, 1, -1]);
    const { model: output } = await prune(linearModel(equal, B), { amount: 0.5 });
    expect([...readFloat32(initializer(output, 'W'))]).toEqual([0, 0, 0, -1, 1, -1]);
  });

  it('reads a pruned weight in windows as it reads it whole', async () => {
    const values = Array.from({ length: 300 }, (_, index) => Math.sin(index * 12.9898) * 7);
    const { model: output } = await prune(linearModel(floatTensor('W', [2, 150], values), B), { amount: 0.7 });
    const source = initializer(output, 'W').rawData!;
    const whole = source.read();
    expect(source.sizeBytes).toBe(1200);
    for (const [start, end] of [
      [0, 1200],
      [1, 2],
      [3, 9],
      [1190, 1200],
      [5, 1199],
    ] as const) {
      expect([...source.read(start, end)]).toEqual([...whole.subarray(start, end)]);
      expect([...source.slice(start, 1200).read(0, end - start)]).toEqual([...whole.subarray(start, end)]);
    }
  });

  it.each([
    ['float16', DataType.float16, (values: Float32Array) => float32ToFloat16(values)],
    ['bfloat16', DataType.bfloat16, upperHalves],
    ['float64', DataType.float64, (values: Float32Array) => Float64Array.from(values)],
  ] as const)('prunes %s weights', async (_, dataType, convert) => {
    const values = convert(Float32Array.of(0.5, -0.25, 3, -2, 0.125, 0.0625));
    const weight = createTensor({ name: 'W', dataType, dims: [2, 3], bytes: values });
    const { model: output } = await prune(linearModel(weight, B), { amount: 0.5 });
    const pruned = initializer(output, 'W');
    expect([...readFloat32(pruned)]).toEqual([0.5, 0, 3, -2, 0, 0]);
    expect(tensorBytes(pruned)).toHaveLength(values.byteLength);
  });

  it('ranks all weights together in the global scope', async () => {
    const small = floatTensor('W1', [2, 2], [0.1, 0.2, 0.3, 0.4]);
    const large = floatTensor('W2', [2, 2], [1, 2, 0.25, 4]);
    const input = model(
      graph({
        nodes: [node('MatMul', ['X', 'W1'], ['H']), node('MatMul', ['H', 'W2'], ['Y'])],
        initializers: [small, large],
        inputs: [valueInfo('X', [1, 2])],
        outputs: [valueInfo('Y', [1, 2])],
      }),
    );
    const { model: output, details } = await prune(input, { amount: 0.5, scope: 'global' });
    expect([...readFloat32(initializer(output, 'W1'))]).toEqual([...Float32Array.of(0, 0, 0, 0.4)]);
    expect([...readFloat32(initializer(output, 'W2'))]).toEqual([1, 2, 0, 4]);
    expect(details?.['sparsity']).toMatchObject({ total: ['', 8, 4, 0.5] });
  });

  it('finds weights in Constant nodes and in subgraphs, also behind operators that only move them', async () => {
    const constant = floatTensor('', [2, 2], [4, 1, 3, 2]);
    const branch = (values: readonly number[]) =>
      graph({
        nodes: [
          node('Constant', [], ['Wc'], { value: floatTensor('', [2, 2], values) }, { name: 'weight' }),
          node('Transpose', ['Wc'], ['Wt']),
          node('Gemm', ['H', 'Wt'], ['out'], {}, { name: 'gemm' }),
        ],
        outputs: [valueInfo('out', [1, 2])],
      });
    const input = model(
      graph({
        nodes: [
          node('Constant', [], ['W0'], { value: constant }),
          node('MatMul', ['X', 'W0'], ['H']),
          node(
            'If',
            ['condition'],
            ['Y'],
            { then_branch: branch([1, 2, 3, 4]), else_branch: branch([8, 7, 6, 5]) },
            { name: 'if' },
          ),
        ],
        inputs: [valueInfo('X', [1, 2]), valueInfo('condition', [], DataType.bool)],
        outputs: [valueInfo('Y', [1, 2])],
      }),
    );
    const { model: output, changes, refusals } = await prune(input);
    expect(changes.map(({ path }) => path)).toEqual([
      'graph/MatMul_1',
      'graph/if.then_branch/gemm',
      'graph/if.else_branch/gemm',
    ]);
    expect(refusals).toEqual([]);
    const { Y } = await runModelInNode(joinParts(encodeModel(output)), {
      X: { dtype: 'float32', dims: [1, 2], data: Float32Array.of(1, 1) },
      condition: { dtype: 'bool', dims: [], data: Uint8Array.of(1) },
    });
    // H = [4 + 3, 0]; then-branch weight [[0, 0], [3, 4]] transposed: [7·0, 7·3] … read column-wise.
    expect([...(Y!.data as Float32Array)]).toEqual([0, 21]);
  });

  it('prunes quantized weights around their zero point, by the numbers that they stand for', async () => {
    const quantized = createTensor({
      name: 'W_quantized',
      dataType: DataType.uint8,
      dims: [2, 2],
      bytes: Uint8Array.of(130, 90, 126, 101),
    });
    const input = model(
      graph({
        nodes: [
          node('DynamicQuantizeLinear', ['X'], ['Xq', 'Xs', 'Xz']),
          node('MatMulInteger', ['Xq', 'W_quantized', 'Xz', 'W_zero_point'], ['Yi'], {}, { name: 'integer' }),
          node('Cast', ['Yi'], ['Yf'], { to: 1n }),
          node('Mul', ['Xs', 'W_scale'], ['scale']),
          node('Mul', ['Yf', 'scale'], ['Y']),
        ],
        initializers: [
          quantized,
          createTensor({ name: 'W_zero_point', dataType: DataType.uint8, dims: [2], bytes: Uint8Array.of(128, 100) }),
          floatTensor('W_scale', [2], [0.5, 0.01]),
        ],
        inputs: [valueInfo('X', [1, 2])],
        outputs: [valueInfo('Y', [1, 2])],
      }),
    );
    // The integers stand for 1, −0.1, −1, 0.01: the second column is smaller although 90 is far from its zero point.
    const { model: output, changes } = await prune(input, { amount: 0.5 });
    expect([...tensorBytes(initializer(output, 'W_quantized'))]).toEqual([130, 100, 126, 100]);
    expect(changes[0]?.what).toBe('set 50.0 % of W_quantized, which is already quantized, to zero');
  });

  it('leaves products per token alone, which know the sums of columns', async () => {
    const options = resolveOptions(quantizeDynamic, { activations: 'per-token', perChannel: true });
    const { model: quantized } = await quantizeDynamic.run(linearModel(W, B), options, passContext());
    const { model: output, refusals } = await prune(quantized, { amount: 0.5 });
    expect(initializer(output, 'W_quantized')).toBe(initializer(quantized, 'W_quantized'));
    expect(refusals.map(({ reason }) => reason).join()).toContain('Prune before quantizing.');
  });

  it('takes no weight for its own scale, and refuses quantized weights whose zero point it cannot read', async () => {
    const byte = (name: string, dataType: DataTypeCode) =>
      createTensor({ name, dataType, dims: [2], bytes: Uint8Array.of(0, 56) });
    const products = model(
      graph({
        nodes: [node('MatMulInteger', ['X', 'W', '', 'Z'], ['Y'], {}, { name: 'integer' })],
        initializers: [
          createTensor({ name: 'W', dataType: DataType.int8, dims: [2, 2], bytes: Int8Array.of(4, 1, -3, 2) }),
          createTensor({ name: 'Z', dataType: DataType.int8, dims: [], bytes: Int8Array.of(1) }),
        ],
        inputs: [valueInfo('X', [1, 2], DataType.uint8)],
        outputs: [valueInfo('Y', null, DataType.int32)],
      }),
    );
    const { model: output } = await prune(products);
    expect([...new Int8Array(tensorBytes(initializer(output, 'W')))]).toEqual([4, 1, -3, 1]);
    const small = DataType.float8e4m3fn;
    const floats = model(
      graph({
        nodes: [
          node('DequantizeLinear', ['W', 's', 'z'], ['wide'], { axis: 0n }),
          node('MatMul', ['X', 'wide'], ['Y'], {}, { name: 'product' }),
        ],
        initializers: [byte('W', small), floatTensor('s', [2], [1, 1]), byte('z', small)],
        inputs: [valueInfo('X', [1, 2])],
        outputs: [valueInfo('Y', null)],
      }),
    );
    const kept = await prune(floats);
    expect(kept.model).toBe(floats);
    expect(kept.refusals).toMatchObject([{ path: 'graph/product', code: 'quantized' }]);
  });

  it('handles a weight that several nodes share once, and leaves it when one of them must not change', async () => {
    const shared = (second: string) =>
      model(
        graph({
          nodes: [
            node('MatMul', ['X', 'S'], ['A'], {}, { name: 'first' }),
            node(second, ['A', 'S'], ['Y'], {}, { name: 'second' }),
          ],
          initializers: [floatTensor('S', [2, 2], [4, 1, 3, 2])],
          inputs: [valueInfo('X', [2, 2])],
          outputs: [valueInfo('Y', [2, 2])],
        }),
      );
    const both = await prune(shared('MatMul'));
    expect(both.details?.['sparsity']).toMatchObject({ total: ['', 4, 2, 0.5] });
    const mixed = shared('Add');
    const kept = await prune(mixed);
    expect(kept.model).toBe(mixed);
    expect(kept.refusals).toEqual([
      {
        path: 'graph/first',
        op: 'MatMul',
        code: 'shared',
        reason: 'Its weight is also read by Add at graph/second, which pruning must not change.',
      },
    ]);
    const excluded = await prune(shared('MatMul'), { exclude: ['second'] });
    expect(excluded.refusals.map(({ code }) => code)).toEqual(['excluded']);
  });

  it('says of every weight that it leaves alone why', async () => {
    const input = model(
      graph({
        nodes: [
          node('Gather', ['E', 'ids'], ['G'], {}, { name: 'lookup' }),
          node('MatMul', ['G', 'G2'], ['M'], {}, { name: 'attention' }),
          node('MatMul', ['M', 'W'], ['Y'], {}, { name: 'linear' }),
        ],
        initializers: [floatTensor('E', [2, 2], [1, 2, 3, 4]), floatTensor('W', [2, 2], [1, 2, 3, 4])],
        inputs: [valueInfo('ids', [2], DataType.int64), valueInfo('G2', [2, 2])],
        outputs: [valueInfo('Y', [2, 2])],
      }),
    );
    const { refusals, changes } = await prune(input, { include: ['lookup', 'nowhere'] });
    expect(changes).toEqual([]);
    expect(refusals.map(({ path, code }) => [path, code])).toEqual([
      ['nowhere', 'no-such-node'],
      ['graph/lookup', 'embedding'],
      ['graph/linear', 'not-included'],
      ['graph/attention', 'no-constant-weight'],
    ]);
  });

  it('leaves filters of depthwise convolutions alone', async () => {
    const values = [0.1, -2, 3, 0.2];
    const input = model(
      graph({
        nodes: [
          node('Conv', ['X', 'D'], ['H'], { group: 2n }, { name: 'depthwise' }),
          node('Conv', ['H', 'P'], ['Y'], {}, { name: 'pointwise' }),
        ],
        initializers: [floatTensor('D', [2, 1, 1, 2], values), floatTensor('P', [2, 2, 1, 1], values)],
        inputs: [valueInfo('X', [1, 2, 4, 4])],
        outputs: [valueInfo('Y', [1, 2, 4, 3])],
      }),
    );
    const { changes, refusals } = await prune(input);
    expect(changes.map(({ path }) => path)).toEqual(['graph/pointwise']);
    expect(refusals.map(({ path, code }) => [path, code])).toEqual([['graph/depthwise', 'depthwise']]);
  });

  it('returns the same model when the zeros are there already', async () => {
    const input = linearModel(floatTensor('W', [2, 3], [0, 0, 0, 1, 2, 3]), B);
    const { model: output, changes } = await prune(input, { amount: 0.5 });
    expect(output).toBe(input);
    expect(changes).toEqual([]);
  });

  it('reports progress that never falls and ends complete', async () => {
    const seen: Progress[] = [];
    await prune(linearModel(W, B), {}, { progress: (progress) => void seen.push(progress) });
    const totals = new Set(seen.map(({ total }) => total));
    expect(totals.size).toBe(1);
    seen.reduce((before, now) => {
      expect(now.done).toBeGreaterThanOrEqual(before.done);
      return now;
    });
    expect(seen.at(-1)).toEqual({ stage: 'Ranking weights', done: 18, total: 18 });
  });

  it('stops when canceled', async () => {
    const checkpoint = () => Promise.reject(new DOMException('stop', 'AbortError'));
    await expect(prune(linearModel(W, B), {}, { checkpoint })).rejects.toThrow('stop');
  });

  it('reads a weight that begins at an odd byte of its file', async () => {
    const file = new Uint8Array(25);
    file.set(tensorBytes(W), 1);
    const odd: Tensor = { ...W, rawData: new MemorySource(file).slice(1, 25) };
    const { model: output } = await prune(linearModel(odd, B));
    expect([...readFloat32(initializer(output, 'W'))]).toEqual([0.5, 0, 3, -2, 0, 0]);
  });
});
