import { describe, expect, it } from 'vitest';
import { integerValueEntry } from '../../engine/analysis/integer-values';
import type { Feeds } from '../../engine/data/feeds';
import { runOnce } from '../../engine/inference';
import { MemorySource } from '../../engine/onnx/byte-source';
import { floatTensor, graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { createSessionInference } from '../session/session-inference';
import { createNodeHost } from './node-host';
import { createInProcessInference } from './testing/in-process-inference';

const floats = (...values: number[]): Feeds[string] => ({
  dtype: 'float32',
  dims: [values.length],
  data: Float32Array.from(values),
});

/** y = (x · 2) + s, s' = s + x: one output to read and one that is state. */
const counting = model(
  graph({
    nodes: [node('Mul', ['x', 'two'], ['twice']), node('Add', ['twice', 's'], ['y']), node('Add', ['s', 'x'], ['s2'])],
    initializers: [floatTensor('two', [], [2])],
    inputs: [valueInfo('x', [2]), valueInfo('s', [2])],
    outputs: [valueInfo('y', [2]), valueInfo('s2', [2])],
  }),
);

const controller = new AbortController();

describe.each([
  ['in workers', createSessionInference(createNodeHost)],
  ['in this process', createInProcessInference()],
])('inference %s', (_, inference) => {
  it('runs a model many times in one session, and computes values that are no outputs', async () => {
    const session = await inference.open(controller.signal, counting, {
      outputs: ['twice'],
      optimization: 'as-written',
    });
    for (const x of [1, 2, 3]) {
      const { twice, y } = await session.run({ x: floats(x, -x), s: floats(0, 0) });
      expect(twice?.data).toEqual(Float32Array.of(2 * x, -2 * x));
      expect(y).toBeUndefined();
    }
    session.close();
  });

  it('runs a model whose data lies in another file, as exporters of PyTorch write it', async () => {
    const { rawData: _none, floatData: _values, ...two } = floatTensor('two', [], [2]);
    const externalData = [{ key: 'location', value: 'model.onnx.data' }];
    const externalSource = new MemorySource(new Uint8Array(Float32Array.of(2).buffer));
    const outside = { ...two, externalData, externalSource, dataLocation: 1 };
    const beside = { ...counting, graph: { ...counting.graph!, initializers: [outside] } };
    const session = await inference.open(controller.signal, beside, { outputs: ['y'] });
    expect((await session.run({ x: floats(1, 2), s: floats(0, 0) }))['y']?.data).toEqual(Float32Array.of(2, 4));
    session.close();
  });

  it('keeps state in the session from run to run, and gives it when asked', async () => {
    const session = await inference.open(controller.signal, counting, {
      outputs: ['y'],
      resident: new Map([['s2', 's']]),
    });
    const first = await session.run({ x: floats(1, 2), s: floats(10, 20) });
    expect(Object.keys(first)).toEqual(['y']);
    expect(first['y']?.data).toEqual(Float32Array.of(12, 24));
    const second = await session.run({ x: floats(5, 5) });
    expect(second['y']?.data).toEqual(Float32Array.of(21, 32));
    expect((await session.read())['s2']?.data).toEqual(Float32Array.of(16, 27));
    session.close();
  });

  it('keeps fed values if asked to', async () => {
    const session = await inference.open(controller.signal, counting, { outputs: ['y'], keepsFeeds: true });
    const yOf = async (feeds: Feeds) => (await session.run(feeds))['y']?.data;
    expect(await yOf({ x: floats(1, 2), s: floats(10, 20) })).toEqual(Float32Array.of(12, 24));
    expect(await yOf({ x: floats(5, 5) })).toEqual(Float32Array.of(20, 30));
    expect(await yOf({ s: floats(1, 1) })).toEqual(Float32Array.of(11, 11));
    session.close();
  });

  it('runs parts one after the other in one place, with kept values of each sample', async () => {
    const chain = inference.openChain(controller.signal);
    await chain.load(counting, ['twice']);
    const feeds = [1, 2, 3].map((x) => ({ x: floats(x, -x), s: floats(0, 10) }));
    const first = await chain.run({ first: 0, feeds, read: [], keep: ['twice', 's'] });
    expect(first.keptBytes).toBe(3 * 2 * 8);
    expect(first.kept.get('twice')).toEqual({ dtype: 'float32', rank: 1 });
    const rest = model(
      graph({
        nodes: [node('Sub', ['twice', 's'], ['y'])],
        inputs: [valueInfo('twice', [2]), valueInfo('s', [2])],
        outputs: [],
      }),
    );
    await chain.load(rest, ['y']);
    const second = await chain.run({ first: 1, feeds: [{}, {}], read: ['y'], keep: [] });
    expect(second.values.map(({ y }) => [...(y!.data as Float32Array)])).toEqual([
      [4, -14],
      [6, -16],
    ]);
    await chain.forget(['s']);
    const { values } = await chain.run({ first: 2, feeds: [{}], read: ['twice'], keep: [] });
    expect(values[0]!['twice']?.data).toEqual(Float32Array.of(6, -6));
    await expect(chain.run({ first: 2, feeds: [{}], read: ['y'], keep: [] })).rejects.toThrow(/missing/);
    chain.close();
  });

  it('ends a single run with its session, and an abort ends any', async () => {
    const { y } = await runOnce(inference, controller.signal, counting, { x: floats(1, 1), s: floats(1, 1) });
    expect(y?.data).toEqual(Float32Array.of(3, 3));
    const stopping = new AbortController();
    const session = await inference.open(stopping.signal, counting);
    stopping.abort(new Error('stop'));
    await expect(session.run({ x: floats(1, 1), s: floats(1, 1) })).rejects.toThrow('stop');
    session.close();
  });
});

it('feeds a model whose metadata states integers that it does not have any more as it is', async () => {
  const entry = integerValueEntry('x', { type: 'uint8', scale: 0.5, zeroPoint: 128 });
  const session = await createInProcessInference().open(controller.signal, { ...counting, metadata: [entry] }, {});
  const { y } = await session.run({ x: floats(1, 2), s: floats(0, 0) });
  expect(y?.data).toEqual(Float32Array.of(2, 4));
  session.close();
});
