import { describe, expect, it } from 'vitest';
import { SourceReadError } from '../../../onnx/byte-source';
import { checkModel } from '../../../onnx/check';
import { encodeModel, joinParts } from '../../../onnx/codec/encode';
import { DataType } from '../../../onnx/data-type';
import type { Graph, Model, Node } from '../../../onnx/graph';
import { createTensor, tensorBytes } from '../../../onnx/tensor';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../../onnx/testing/build';
import { resolveOptions } from '../../options';
import type { PassOutcome } from '../../pass';
import type { Progress } from '../../../progress';
import { pruneWeights } from '../../prune/weights/prune-weights';
import { quantizeDynamic } from './quantize-dynamic';
import { runQuantizeDynamic } from './run-quantize-dynamic';
import { testContext } from '../../testing/pass-context';

const square = [3, 3];
const values = [1, -2, 3, -4, 5, -6, 7, -8, 9];
const matrix = (name: string) => floatTensor(name, square, values);

function product(name: string, input = 'x', weight = 'w', output = `${name}_out`): Node {
  return node('MatMul', [input, weight], [output], {}, { name });
}

function modelOf(nodes: readonly Node[], parts: Partial<Graph> = {}, overrides = {}): Model {
  const outputs = [valueInfo(nodes[nodes.length - 1]!.outputs[0]!, null)];
  return model(
    graph({ nodes, initializers: [matrix('w')], inputs: [valueInfo('x', square)], outputs, ...parts }),
    overrides,
  );
}

async function run(original: Model, options: Record<string, unknown> = {}): Promise<PassOutcome> {
  const outcome = await quantizeDynamic.run(original, resolveOptions(quantizeDynamic, options), testContext());
  expect(checkModel(outcome.model)).toEqual([]);
  return outcome;
}

const ops = (graphOrUndefined: Graph | undefined): (string | undefined)[] =>
  graphOrUndefined!.nodes.map((entry) => entry.opType);
const initializerNames = (outcome: PassOutcome) => outcome.model.graph!.initializers.map((tensor) => tensor.name);
const codes = (outcome: PassOutcome) => outcome.refusals.map(({ path, code }) => `${path}: ${code}`);

const integerProduct = ['DynamicQuantizeLinear', 'MatMulInteger', 'Cast', 'Mul', 'Mul'];

describe('weights wherever they are', () => {
  it('quantizes a weight in a Constant node and removes the node', async () => {
    const constant = node('Constant', [], ['k'], { value: matrix('') });
    const outcome = await run(modelOf([constant, product('fc', 'x', 'k')], { initializers: [] }));
    expect(ops(outcome.model.graph)).toEqual(integerProduct);
    expect(initializerNames(outcome)).toEqual(['k_scale', 'k_zero_point', 'k_quantized']);
  });

  it('keeps a Constant node that somebody else reads before', async () => {
    const nodes = [
      node('Constant', [], ['k'], { value: matrix('') }),
      node('Add', ['x', 'k'], ['s']),
      product('fc', 's', 'k'),
    ];
    const outcome = await run(modelOf(nodes, { initializers: [] }));
    expect(ops(outcome.model.graph)).toEqual(['Constant', 'Add', ...integerProduct]);
  });

  it('quantizes in branches, and an outer activation once, before the If', async () => {
    const branch = (name: string) =>
      graph({ nodes: [product(name, 'x', 'w', `${name}_y`)], outputs: [valueInfo(`${name}_y`, square)] });
    const nodes = [node('If', ['c'], ['y'], { then_branch: branch('a'), else_branch: branch('b') }, { name: 'if' })];
    const inputs = [valueInfo('x', square), valueInfo('c', [], DataType.bool)];
    const outcome = await run(modelOf(nodes, { inputs }));
    expect(ops(outcome.model.graph)).toEqual(['DynamicQuantizeLinear', 'If']);
    const [thenBranch, elseBranch] = outcome.model.graph!.nodes[1]!.attributes;
    expect(ops(thenBranch!.g)).toEqual(integerProduct.slice(1));
    expect(ops(elseBranch!.g)).toEqual(integerProduct.slice(1));
    expect(initializerNames(outcome)).toEqual(['w_scale', 'w_zero_point', 'w_quantized']);
    expect(outcome.changes.map(({ path }) => path)).toEqual(['graph/if.then_branch/a', 'graph/if.else_branch/b']);
  });

  it('gives a branch the float form of a value that is quantized outside', async () => {
    const branch = graph({ nodes: [node('Relu', ['e'], ['r'])], outputs: [valueInfo('r', null)] });
    const nodes = [
      node('Gather', ['w', 'ids'], ['e'], {}, { name: 'embed' }),
      node('If', ['c'], ['y'], { then_branch: branch, else_branch: branch }),
    ];
    const inputs = [valueInfo('ids', [2], DataType.int64), valueInfo('c', [], DataType.bool)];
    const outcome = await run(modelOf(nodes, { inputs }));
    expect(ops(outcome.model.graph)).toEqual(['Gather', 'DequantizeLinear', 'If']);
  });

  it('copies a shared Gemm weight before transposing, and keeps it for who reads it as it is', async () => {
    const gemm = node('Gemm', ['x', 'w'], ['g'], { transB: 1n }, { name: 'gemm' });
    const outcome = await run(modelOf([gemm, node('Mul', ['g', 'w'], ['y'])]));
    const { initializers } = outcome.model.graph!;
    expect(initializers[0]).toMatchObject({ name: 'w', rawData: expect.anything() });
    const bytes = new Int8Array(tensorBytes(initializers.find(({ name }) => name === 'w_Transposed_quantized')!));
    const scale = 9 / 127;
    const transposed = [1, -4, 7, -2, 5, -8, 3, -6, 9];
    expect([...bytes]).toEqual(transposed.map((value) => Math.round(value / scale)));
  });

  it('makes a new name if the name of the tool is taken', async () => {
    const outcome = await run(modelOf([node('Relu', ['x'], ['w_scale']), product('fc', 'w_scale')]));
    expect(initializerNames(outcome)).toEqual(['w_scale_1', 'w_zero_point', 'w_quantized']);
  });

  it('leaves the original model as it was', async () => {
    const original = modelOf([product('fc')]);
    const copy = structuredClone(original.graph!.nodes);
    await run(original);
    expect(original.graph!.nodes).toEqual(copy);
    expect(original.graph!.initializers.map(({ name }) => name)).toEqual(['w']);
  });
});

describe('refusals', () => {
  const conv = node('Conv', ['i', 'k'], ['c'], {}, { name: 'conv' });
  const kernel = floatTensor('k', [1, 1, 1, 1], [2]);
  const image = valueInfo('i', [1, 1, 2, 2]);

  it('leaves Conv out by default and says why; takes it with uint8 weights when asked', async () => {
    const original = modelOf([conv], { initializers: [kernel], inputs: [image] });
    const refused = await run(original);
    expect(refused.model).toBe(original);
    expect(codes(refused)).toEqual(['graph/conv: conv-slow-on-wasm']);
    // Selecting Conv too would not help without a float weight.
    const integers = createTensor({ name: 'k8', dataType: DataType.int8, dims: [1, 1, 1, 1], bytes: Uint8Array.of(2) });
    const stored = [integers, floatTensor('s', [], [1])];
    const dequantize = node('DequantizeLinear', ['k8', 's'], ['k']);
    const quantized = modelOf([dequantize, conv], { initializers: stored, inputs: [image] });
    expect(codes(await run(quantized))).toEqual(['graph/conv: already-quantized']);
    for (const options of [{ opTypes: ['Conv'] }, { opTypes: ['all'] }, { include: ['conv'] }]) {
      const taken = await run(original, options);
      const weight = taken.model.graph!.initializers.find(({ name }) => name === 'k_quantized');
      expect(weight?.dataType).toBe(DataType.uint8);
    }
  });

  it('names the reason for each node that is left alone', async () => {
    const nodes = [
      product('kept'),
      product('both', 'x', 'x'),
      product('left', 'w', 'x'),
      node('Gemm', ['x', 'w'], ['scaled'], { alpha: 0.5 }, { name: 'scaled' }),
      product('double', 'x', 'wide'),
      product('infinite', 'x', 'bad'),
      node('Relu', ['x'], ['r'], {}, { name: 'relu' }),
    ];
    const wide = createTensor({ name: 'wide', dataType: DataType.float64, dims: square, bytes: new Float64Array(9) });
    const bad = floatTensor('bad', square, [...values.slice(1), NaN]);
    const outputs = nodes.map((entry) => valueInfo(entry.outputs[0]!, null));
    const outcome = await run(modelOf(nodes, { initializers: [matrix('w'), wide, bad], outputs }));
    expect(codes(outcome).sort()).toEqual([
      'graph/both: dynamic-weight',
      'graph/double: unsupported-type',
      'graph/infinite: not-finite',
      'graph/left: dynamic-weight',
      'graph/scaled: gemm-attributes',
    ]);
    expect(outcome.changes.map(({ path }) => path)).toEqual(['graph/kept']);
  });

  it('follows include, exclude and operator types', async () => {
    const original = modelOf([product('a'), product('b', 'a_out')]);
    expect(codes(await run(original, { exclude: ['a'] }))).toEqual(['graph/a: excluded']);
    expect(codes(await run(original, { include: ['graph/b'] }))).toEqual(['graph/a: not-included']);
    const nothing = await run(original, { opTypes: ['Gather'] });
    expect(codes(nothing)).toEqual(['graph/a: op-type-not-selected', 'graph/b: op-type-not-selected']);
    expect(nothing.model).toBe(original);
  });

  it('says of weights of operators without a dynamic form that there is none', async () => {
    const microsoft = { domain: 'com.microsoft' };
    const nodes = [
      node('ConvTranspose', ['x', 'k'], ['t'], {}, { name: 'up' }),
      node('ConvTranspose', ['x', 'x'], ['u'], {}, { name: 'computed' }),
      node('Einsum', ['w', 'x'], ['e'], { equation: 'ij,jk->ik' }, { name: 'sum' }),
      node('Einsum', ['x', 'x'], ['f'], { equation: 'ij,jk->ik' }, { name: 'computedSum' }),
      node('Einsum', ['n', 'n'], ['g'], { equation: 'i,i->i' }, { name: 'integers' }),
      node('MoE', ['x', 'x', 'w', '', 'w'], ['h'], { k: 1n }, { name: 'experts', ...microsoft }),
      product('fc'),
    ];
    const initializers = [matrix('w'), floatTensor('k', [1, 1, 1, 9], values), int64Tensor('n', [2], [1, 2])];
    const opsetImports = [
      { domain: '', version: 17n },
      { domain: 'com.microsoft', version: 1n },
    ];
    const original = modelOf(nodes, { initializers }, { opsetImports });
    const outcome = await run(original);
    const reason = (op: string) => `ONNX Runtime has no dynamic 8-bit form of ${op}.`;
    expect(outcome.refusals).toEqual([
      { path: 'graph/up', op: 'ConvTranspose', code: 'no-dynamic-form', reason: reason('ConvTranspose') },
      { path: 'graph/sum', op: 'Einsum', code: 'no-dynamic-form', reason: reason('Einsum') },
      { path: 'graph/experts', op: 'MoE', code: 'no-dynamic-form', reason: reason('MoE') },
    ]);
  });

  it('lists unknown names in include and exclude, and accepts the name of a Gemm in the tool', async () => {
    const gemm = node('Gemm', ['x', 'w'], ['g'], {}, { name: 'dense' });
    const original = modelOf([gemm, product('a')]);
    expect((await run(original, { exclude: ['missspelt', 'missspelt'] })).refusals).toEqual([
      {
        path: 'missspelt',
        op: 'Node',
        code: 'no-such-node',
        reason: 'No node has this name. inspect lists node names.',
      },
    ]);
    for (const name of ['dense', 'graph/dense', 'dense_MatMul'])
      expect(codes(await run(original, { include: [name] }))).toEqual(['graph/a: not-included']);
    const nothing = await run(original, { include: ['a_MatMul'] });
    expect(codes(nothing)).toContain('a_MatMul: no-such-node');
    expect(nothing.model).toBe(original);
  });

  it('keeps the float weight for a node that the user excluded', async () => {
    const outcome = await run(modelOf([product('a'), product('b', 'a_out')]), { exclude: ['b'] });
    expect(initializerNames(outcome)).toContain('w');
    expect(ops(outcome.model.graph)).not.toContain('DequantizeLinear');
  });

  it('refuses float16 if the integer operator has float32 only, and a batch-first LSTM', async () => {
    const half = (name: string) =>
      createTensor({ name, dataType: DataType.float16, dims: [1, 4, 1], bytes: new Uint16Array(4) });
    const lstm = node('LSTM', ['x', 'w', 'r'], ['y'], { hidden_size: 1n }, { name: 'lstm' });
    const float16 = modelOf([lstm], { initializers: [half('w'), half('r')] });
    expect(codes(await run(float16))).toEqual(['graph/lstm: float16-operator']);
    const weights = ['w', 'r'].map((name) => floatTensor(name, [1, 4, 1], [1, 2, 3, 4]));
    const batchFirst = { ...lstm, attributes: [...lstm.attributes, { name: 'layout', type: 2, i: 1n }] };
    expect(codes(await run(modelOf([batchFirst], { initializers: weights })))).toEqual(['graph/lstm: lstm-layout']);
  });

  it('says that functions are left as they are', async () => {
    const body = { name: 'f', domain: 'local', inputs: ['x'], outputs: ['y'], attributes: [], opsetImports: [] };
    const functions = [{ ...body, nodes: [product('inner', 'x', 'x', 'y')] }];
    const outcome = await run(modelOf([node('Relu', ['x'], ['y'])], {}, { functions }));
    expect(codes(outcome)).toEqual(['function:local:f/inner: inside-function']);
  });
});

describe('old operator sets', () => {
  it('converts the operators that changed, and says so', async () => {
    const nodes = [product('fc'), node('Clip', ['fc_out'], ['y'], { min: 0, max: 6 }, { name: 'clip' })];
    const outcome = await run(modelOf(nodes, {}, { opset: 9 }));
    expect(outcome.model.opsetImports[0]!.version).toBe(11n);
    expect(outcome.changes[0]!.what).toBe('Operator set 9 converted to 11: 1 × Clip');
    const clip = outcome.model.graph!.nodes.find(({ opType }) => opType === 'Clip')!;
    expect(clip).toMatchObject({ inputs: ['fc_out', 'clip_min', 'clip_max'], attributes: [] });
  });

  it('does not count a node that means the same in both operator sets', async () => {
    const nodes = [product('fc'), node('Clip', ['fc_out'], ['y'], {}, { name: 'clip' })];
    const outcome = await run(modelOf(nodes, {}, { opset: 9 }));
    expect(outcome.changes[0]!.what).toBe('Operator set 9 converted to 11: no node had to change');
  });

  it('refuses with a reason when a node cannot be converted', async () => {
    const nodes = [product('fc'), node('Dropout', ['fc_out'], ['y', 'mask'], {}, { name: 'drop' })];
    const outputs = [valueInfo('y', null), valueInfo('mask', null)];
    const original = modelOf(nodes, { outputs }, { opset: 9 });
    const outcome = await run(original);
    expect(outcome.model).toBe(original);
    expect(outcome.refusals[0]).toMatchObject({ path: 'graph/fc', code: 'opset-not-convertible' });
    expect(outcome.refusals[0]!.reason).toContain('graph/drop');
  });
});

describe('a long run', () => {
  const many = Array.from({ length: 8 }, (_, index) => `w${index}`);
  const size = 700;
  const long = model(
    graph({
      nodes: many.map((name) => product(`fc_${name}`, 'x', name)),
      initializers: many.map((name) => floatTensor(name, [size, size], new Float32Array(size * size).fill(0.5))),
      inputs: [valueInfo('x', [1, size])],
      outputs: many.map((name) => valueInfo(`fc_${name}_out`, null)),
    }),
  );

  it('reports progress that only grows and ends at its total', async () => {
    const reports: Progress[] = [];
    await quantizeDynamic.run(long, resolveOptions(quantizeDynamic, {}), testContext(reports));
    const total = 8 * size * size * many.length;
    expect(reports.every((report) => report.total === total)).toBe(true);
    expect(reports.map(({ done }) => done)).toEqual(reports.map(({ done }) => done).sort((a, b) => a - b));
    expect(reports[reports.length - 1]!.done).toBe(total);
  });

  it('ends with the reason of the abort', async () => {
    const controller = new AbortController();
    const running = quantizeDynamic.run(long, resolveOptions(quantizeDynamic, {}), testContext([], controller));
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('reads a large weight in pieces and gives the same integers', async () => {
    const seen: number[] = [];
    const floats = new Float32Array(2 ** 24 + 64);
    for (let index = 0; index < floats.length; index++) floats[index] = Math.sin(index);
    const bytes = new Uint8Array(floats.buffer);
    const source = {
      sizeBytes: bytes.length,
      read(start = 0, end = bytes.length) {
        seen.push(end - start);
        return bytes.subarray(start, end);
      },
      slice: () => source,
    };
    const dims = [BigInt(2 ** 18 + 1), 64n];
    const large = { name: 'w', dataType: DataType.float32, dims, rawData: source };
    const outcome = await run(
      modelOf([product('fc')], { initializers: [large], inputs: [valueInfo('x', [1, 2 ** 18 + 1])] }),
    );
    expect(Math.max(...seen)).toBeLessThanOrEqual(2 ** 23);
    const quantized = new Int8Array(tensorBytes(outcome.model.graph!.initializers[2]!).slice().buffer);
    const scale = Math.fround(2 / 254);
    expect(Math.abs(quantized[12345]! - Math.sin(12345) / scale)).toBeLessThan(0.51);
    expect(Math.abs(quantized[2 ** 24]! - Math.sin(2 ** 24) / scale)).toBeLessThan(0.51);
  });
});

describe('integers that are computed when they are read', () => {
  const gemm = node('Gemm', ['fc_out', 'w'], ['y'], { transB: 1n }, { name: 'gemm' });
  const original = modelOf([product('fc'), gemm]);
  const quantized = (bytesToKeep: number, source = original) =>
    runQuantizeDynamic(source, resolveOptions(quantizeDynamic, {}), testContext(), bytesToKeep);

  it('are pruned as those in memory are', async () => {
    const pruned = await Promise.all(
      [0, Infinity].map(async (bytesToKeep) => {
        const { model: before } = await quantized(bytesToKeep);
        const { model: after } = await pruneWeights.run(before, resolveOptions(pruneWeights, {}), testContext());
        expect(checkModel(after)).toEqual([]);
        return joinParts(encodeModel(after));
      }),
    );
    expect(Buffer.compare(pruned[0]!, pruned[1]!)).toBe(0);
    expect(Buffer.compare(pruned[0]!, joinParts(encodeModel((await quantized(0)).model)))).not.toBe(0);
  });

  it('report an unreadable file, if it was removed between the pass and the writing', async () => {
    let isRemoved = false;
    const bytes = new Uint8Array(new Float32Array(4096).fill(2).buffer);
    const source = {
      sizeBytes: bytes.length,
      read(start = 0, end = bytes.length) {
        if (isRemoved) throw new SourceReadError('net.onnx');
        return bytes.subarray(start, end);
      },
      slice: () => source,
    };
    const weight = { name: 'w', dataType: DataType.float32, dims: [64n, 64n], rawData: source };
    const { model: result } = await quantized(0, modelOf([product('fc')], { initializers: [weight] }));
    const encoded = encodeModel(result);
    expect(joinParts(encoded)).toHaveLength(encoded.sizeBytes);
    isRemoved = true;
    expect(() => joinParts(encoded)).toThrow(SourceReadError);
  });
});

describe('names and values of the user', () => {
  it('keeps producer, metadata and documentation', async () => {
    const metadata = [{ key: 'author', value: 'somebody' }];
    const outcome = await run(modelOf([product('fc')], { docString: 'text' }, { producerName: 'mine', metadata }));
    expect(outcome.model).toMatchObject({ producerName: 'mine', metadata, graph: { docString: 'text' } });
  });

  it('ignores gathering from integers', async () => {
    const nodes = [node('Gather', ['shape', 'i'], ['d'], {}, { name: 'dim' })];
    const initializers = [int64Tensor('shape', [2], [1, 2]), int64Tensor('i', [], [0])];
    const outcome = await run(modelOf(nodes, { initializers }));
    expect(outcome.refusals.map(({ code }) => code)).toEqual(['nothing-found']);
    expect(outcome.changes).toEqual([]);
  });
});
