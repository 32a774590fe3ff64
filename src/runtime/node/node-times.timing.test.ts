import { describe, expect, it } from 'vitest';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import type { Graph, Model, Node } from '../../engine/onnx/graph';
import { floatTensor, graph, int64Tensor, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { median } from '../../engine/metrics/quantile';
import { createTensor } from '../../engine/onnx/tensor';
import { DataType } from '../../engine/onnx/data-type';
import { blobOfModel } from '../files/model-blob';
import { measureNodeTimes } from '../nodes/node-times';
import { createNodeHost } from './node-host';

const never = new AbortController().signal;
const side = 192;

/** Returns the times with the duration of each whole run, warm-ups too. */
async function timesOf(built: Model) {
  const shares: number[] = [];
  const runsMs: number[] = [];
  const host = createNodeHost();
  const open: typeof host.open = async (...asked) => {
    const session = await host.open(...asked);
    return {
      ...session,
      time: async (iterations) => {
        const ms = await session.time(iterations);
        runsMs.push(ms);
        return ms;
      },
    };
  };
  const files = { model: blobOfModel(built), name: 'built.onnx', externalData: [] };
  const feedsOf = (inputs: Parameters<typeof createSyntheticFeeds>[0]) => createSyntheticFeeds(inputs, {}, 1);
  const request = { files, ep: 'wasm', threads: 1, freeDimensions: {}, feedsOf } as const;
  const measured = await measureNodeTimes(never, { ...host, open }, request, (share) => shares.push(share));
  expect(shares).toEqual([...shares].sort((a, b) => a - b));
  expect(shares.at(-1)).toBe(1);
  return { ...measured, runsMs };
}

const weights = (seed: number) => Float32Array.from({ length: side * side }, (_, i) => ((i * seed) % 13) / 64 - 0.1);

describe('measureNodeTimes', () => {
  it('finds nodes by their paths with any names: odd, missing or given twice', async () => {
    const { times } = await timesOf(
      model(
        graph({
          nodes: [
            node('MatMul', ['x', 'w'], ['a'], {}, { name: 'a "quoted"\\name, ünusual_kernel_time' }),
            node('MatMul', ['a', 'w'], ['b']),
            node('MatMul', ['b', 'w'], ['c'], {}, { name: 'twice' }),
            node('Sin', ['c'], ['y'], {}, { name: 'twice' }),
          ],
          initializers: [floatTensor('w', [side, side], weights(7))],
          inputs: [valueInfo('x', [side, side])],
          outputs: [valueInfo('y', [side, side])],
        }),
      ),
    );
    expect(times.nodes.map(({ path, op, ranAs }) => [path, op, ranAs])).toEqual([
      ['graph/a "quoted"\\name, ünusual_kernel_time', 'MatMul', undefined],
      ['graph/MatMul_1', 'MatMul', undefined],
      ['graph/twice', 'MatMul', undefined],
      ['graph/twice#3', 'Sin', undefined],
    ]);
    expect(times.runs).toBe(12);
    expect(times.unattributed).toEqual([]);
    for (const { medianMs } of times.nodes) expect(medianMs).toBeGreaterThan(0);
    expect(times.nodes.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1, 9);
  });

  it('finds the activation that the runtime fused under a name of its own', async () => {
    const gelu = (from: string, to: string): readonly Node[] => [
      node('MatMul', [from, 'w'], [`${to}m`], {}, { name: `${to}-product` }),
      node('Add', [`${to}m`, 'bias'], [`${to}p`]),
      node('Div', [`${to}p`, 'root'], [`${to}d`]),
      node('Erf', [`${to}d`], [`${to}e`], {}, { name: `${to}-core` }),
      node('Add', [`${to}e`, 'one'], [`${to}o`]),
      node('Mul', [`${to}p`, `${to}o`], [`${to}q`]),
      node('Mul', [`${to}q`, 'half'], [to]),
    ];
    const { times } = await timesOf(
      model(
        graph({
          nodes: [...gelu('x', 'first'), ...gelu('first', 'y')],
          initializers: [
            floatTensor('w', [side, side], weights(7)),
            floatTensor('bias', [side], weights(5).subarray(0, side)),
            floatTensor('root', [], [Math.SQRT2]),
            floatTensor('one', [], [1]),
            floatTensor('half', [], [0.5]),
          ],
          inputs: [valueInfo('x', [side, side])],
          outputs: [valueInfo('y', [side, side])],
        }),
      ),
    );
    expect(times.unattributed).toEqual([]);
    const ran = times.nodes.filter(({ medianMs }) => medianMs !== null);
    expect(ran.map(({ path, ranAs }) => [path, ranAs])).toEqual([
      ['graph/first-product', 'Gemm'],
      ['graph/first-core', 'Gelu'],
      ['graph/y-product', 'Gemm'],
      ['graph/y-core', 'Gelu'],
    ]);
  });

  it('counts a fused activation with its convolution, and the kernels make up most of a run', async () => {
    const channels = 16;
    const kernel = Float32Array.from({ length: channels * channels * 9 }, (_, i) => ((i * 5) % 11) / 40 - 0.1);
    const { times, runsMs } = await timesOf(
      model(
        graph({
          nodes: [
            node('Conv', ['x', 'w'], ['c'], { pads: [1n, 1n, 1n, 1n] }, { name: 'conv' }),
            node('Relu', ['c'], ['y'], {}, { name: 'relu' }),
          ],
          initializers: [floatTensor('w', [channels, channels, 3, 3], kernel)],
          inputs: [valueInfo('x', [1, channels, 96, 96])],
          outputs: [valueInfo('y', [1, channels, 96, 96])],
        }),
      ),
    );
    expect(times.nodes[0]).toMatchObject({ path: 'graph/conv', ranAs: 'FusedConv' });
    expect(times.nodes[1]).toEqual({ path: 'graph/relu', op: 'Relu', medianMs: null, share: null });
    expect(times.nodes[0]!.medianMs! + times.unattributed.reduce((sum, { medianMs }) => sum + medianMs, 0)).toBeCloseTo(
      times.sumMs,
      6,
    );
    const wholeMs = median(runsMs.slice(3));
    expect(times.sumMs).toBeGreaterThan(0.5 * wholeMs);
    expect(times.sumMs).toBeLessThan(1.1 * wholeMs);
  });

  it('adds the turns of a loop up, within the time of the loop', async () => {
    const body: Graph = graph({
      nodes: [
        node('MatMul', ['state', 'w'], ['next'], {}, { name: 'product' }),
        node('Identity', ['go'], ['goOn'], {}, { name: 'same' }),
      ],
      inputs: [
        valueInfo('turn', [], DataType.int64),
        valueInfo('go', [], DataType.bool),
        valueInfo('state', [side, side]),
      ],
      outputs: [valueInfo('goOn', [], DataType.bool), valueInfo('next', [side, side])],
    });
    const yes = createTensor({ name: 'yes', dataType: DataType.bool, dims: [], bytes: Uint8Array.of(1) });
    const { times } = await timesOf(
      model(
        graph({
          nodes: [node('Loop', ['turns', 'yes', 'x'], ['y'], { body }, { name: 'loop' })],
          initializers: [int64Tensor('turns', [], [4]), yes, floatTensor('w', [side, side], weights(3))],
          inputs: [valueInfo('x', [side, side])],
          outputs: [valueInfo('y', [side, side])],
        }),
      ),
    );
    const [loop, product] = times.nodes;
    expect([loop!.path, product!.path]).toEqual(['graph/loop', 'graph/loop.body/product']);
    expect(product!.medianMs).toBeLessThanOrEqual(loop!.medianMs!);
    expect(product!.medianMs).toBeGreaterThan(0.3 * loop!.medianMs!);
    expect(times.sumMs).toBeCloseTo(loop!.medianMs!, 9);
  });

  it('finds nodes of a quantized model: products between Q and DQ', async () => {
    const scale = floatTensor('scale', [], [0.02]);
    const zero = createTensor({ name: 'zero', dataType: DataType.uint8, dims: [], bytes: Uint8Array.of(128) });
    const bytes = Uint8Array.from({ length: side * side }, (_, i) => (i * 31) % 256);
    const quantized = createTensor({ name: 'w', dataType: DataType.uint8, dims: [side, side], bytes });
    const { times } = await timesOf(
      model(
        graph({
          nodes: [
            node('QuantizeLinear', ['x', 'scale', 'zero'], ['xq'], {}, { name: 'quantize' }),
            node('DequantizeLinear', ['xq', 'scale', 'zero'], ['xd'], {}, { name: 'dequantize' }),
            node('DequantizeLinear', ['w', 'scale', 'zero'], ['wd'], {}, { name: 'weights' }),
            node('MatMul', ['xd', 'wd'], ['p'], {}, { name: 'product' }),
            node('QuantizeLinear', ['p', 'scale', 'zero'], ['pq'], {}, { name: 'requantize' }),
            node('DequantizeLinear', ['pq', 'scale', 'zero'], ['y'], {}, { name: 'result' }),
          ],
          initializers: [scale, zero, quantized],
          inputs: [valueInfo('x', [side, side])],
          outputs: [valueInfo('y', [side, side])],
        }),
      ),
    );
    const ran = Object.fromEntries(times.nodes.map(({ path, ranAs, medianMs }) => [path, ranAs ?? medianMs !== null]));
    expect(ran).toEqual({
      'graph/quantize': true,
      'graph/dequantize': false,
      'graph/weights': false,
      'graph/product': 'QLinearMatMul',
      'graph/requantize': false,
      'graph/result': true,
    });
    expect(times.unattributed).toEqual([]);
  });

  it('counts inlined kernels of a function for the nodes of its body', async () => {
    const body = [
      node('MatMul', ['a', 'b'], ['m'], {}, { name: 'product' }),
      node('Sin', ['m'], ['r'], {}, { name: 'sin' }),
    ];
    const { times } = await timesOf({
      ...model(
        graph({
          nodes: [
            node('Layer', ['x', 'w'], ['h'], {}, { domain: 'custom', name: 'first' }),
            node('Layer', ['h', 'w'], ['y'], {}, { domain: 'custom', name: 'second' }),
          ],
          initializers: [floatTensor('w', [side, side], weights(5))],
          inputs: [valueInfo('x', [side, side])],
          outputs: [valueInfo('y', [side, side])],
        }),
        {
          opsetImports: [
            { domain: '', version: 17n },
            { domain: 'custom', version: 1n },
          ],
        },
      ),
      functions: [
        {
          name: 'Layer',
          domain: 'custom',
          inputs: ['a', 'b'],
          outputs: ['r'],
          attributes: [],
          nodes: body,
          opsetImports: [{ domain: '', version: 17n }],
        },
      ],
    });
    expect(times.nodes.map(({ path, op, medianMs }) => [path, op, medianMs !== null])).toEqual([
      ['graph/first', 'Layer', false],
      ['graph/second', 'Layer', false],
      ['function:custom:Layer/product', 'MatMul', true],
      ['function:custom:Layer/sin', 'Sin', true],
    ]);
    expect(times.nodes.reduce((sum, { share }) => sum + (share ?? 0), 0)).toBeCloseTo(1, 9);
    expect(times.unattributed).toEqual([]);
  });

  it('ends the session when it is aborted', async () => {
    const controller = new AbortController();
    const files = {
      model: blobOfModel(
        model(
          graph({
            nodes: [node('Sin', ['x'], ['y'])],
            inputs: [valueInfo('x', [4])],
            outputs: [valueInfo('y', [4])],
          }),
        ),
      ),
      name: 'sin.onnx',
      externalData: [],
    };
    const feedsOf = (inputs: Parameters<typeof createSyntheticFeeds>[0]) => createSyntheticFeeds(inputs, {}, 1);
    const request = { files, ep: 'wasm', threads: 1, freeDimensions: {}, feedsOf } as const;
    const running = measureNodeTimes(controller.signal, createNodeHost(), request, () =>
      controller.abort(new Error('enough')),
    );
    await expect(running).rejects.toThrow('enough');
  });
});
