import { expect, it } from 'vitest';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { sessionWorker } from './browser-host';
import { IdleWorkers } from './idle-workers';
import { createWorkerHost } from './session-host';
import type { SessionSpec } from './session-spec';

const adding = model(
  graph({ nodes: [node('Add', ['x', 'x'], ['y'])], inputs: [valueInfo('x', ['N'])], outputs: [valueInfo('y', ['N'])] }),
);
const spec: SessionSpec = {
  files: { name: 'm.onnx', model: new Blob([joinParts(encodeModel(adding))]), externalData: [] },
  ep: 'wasm',
  threads: 1,
  freeDimensions: {},
  profile: false,
};
const feeds = { x: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) } };

it('rejects what a worker was asked that ends without an event, and goes on with a new one', async () => {
  const workers: Worker[] = [];
  const idle = new IdleWorkers();
  const host = createWorkerHost(() => {
    const worker = new Worker(new URL('../../../workers/session.ts', import.meta.url), { type: 'module' });
    workers.push(worker);
    return sessionWorker(worker);
  }, idle);
  const { signal } = new AbortController();
  const session = await host.open(signal, spec);
  await session.feed(feeds);
  const timing = session.time(1e9);
  // A browser without free memory ends a worker like this, without a notice.
  setTimeout(() => workers[0]!.terminate(), 100);
  await expect(timing).rejects.toThrow(/The worker of the session ended: the browser stopped it/);
  await expect(session.run(feeds)).rejects.toMatchObject({ code: 'runtime/worker-ended' });
  session.close();
  const next = await host.open(signal, spec);
  expect((await next.run(feeds)).outputs['y']!.data).toEqual(Float32Array.of(2, 4));
  expect(workers).toHaveLength(2);
  next.close();
  idle.end();
});
