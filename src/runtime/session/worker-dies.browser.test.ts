/** Faults of a session, caused on purpose: its worker is killed, its GPU is lost, or a run never ends. */
import { expect, it } from 'vitest';
import { originalId } from '../../engine/metrics/cell';
import { encodeModel, joinParts } from '../../engine/onnx/codec/encode';
import { DataType } from '../../engine/onnx/data-type';
import type { Graph } from '../../engine/onnx/graph';
import { createTensor } from '../../engine/onnx/tensor';
import { graph, model, node, valueInfo } from '../../engine/onnx/testing/build';
import { measureCells } from '../benchmark/measure';
import type { CellRequest, MeasureEvent } from '../benchmark/measure-request';
import type { ModelFiles } from '../models/model-files';
import { startSession } from '../jobs/serve-worker';
import { IdleWorkers } from './idle-workers';
import type { SessionWorker } from './live-worker';
import { createWorkerHost, type SessionHost } from './session-host';
import type { SessionSpec } from './session-spec';

const filesOf = (parts: Partial<Graph>): ModelFiles => {
  const bytes = joinParts(encodeModel(model(graph(parts))));
  return { name: 'm.onnx', model: new Blob([bytes]), externalData: [] };
};
const adding = filesOf({
  nodes: [node('Add', ['x', 'x'], ['y'])],
  inputs: [valueInfo('x', ['N'])],
  outputs: [valueInfo('y', ['N'])],
});
const spec: SessionSpec = { files: adding, ep: 'wasm', threads: 1, freeDimensions: {}, profile: false };
const feeds = { x: { dtype: 'float32', dims: [2], data: Float32Array.of(1, 2) } };

const startWorker = (): Worker =>
  new Worker(new URL('../../../workers/session.ts', import.meta.url), { type: 'module' });

/** A session whose worker the test itself has. */
function sessionWorker(worker: Worker): SessionWorker {
  const { port1: endpoint, port2 } = new MessageChannel();
  let tell: (message: string) => void = () => undefined;
  const terminate = startSession(
    port2,
    (message) => tell(message),
    () => worker,
  );
  return { endpoint, terminate, onFailure: (listener) => void (tell = listener) };
}

/** The same outputs, by a loop without an end. */
function endless(): ModelFiles {
  const body = graph({
    nodes: [node('Identity', ['go_on'], ['still']), node('Identity', ['before'], ['after'])],
    inputs: [valueInfo('turn', [], DataType.int64), valueInfo('go_on', [], DataType.bool), valueInfo('before', ['N'])],
    outputs: [valueInfo('still', [], DataType.bool), valueInfo('after', ['N'])],
  });
  return filesOf({
    nodes: [node('Add', ['x', 'x'], ['sum']), node('Loop', ['', 'true', 'sum'], ['y'], { body })],
    initializers: [createTensor({ name: 'true', dataType: DataType.bool, dims: [], bytes: Uint8Array.of(1) })],
    inputs: [valueInfo('x', ['N'])],
    outputs: [valueInfo('y', ['N'])],
  });
}

/** Measures a cell whose fault begins with a stage of it. Returns the messages of its failures. */
async function measureWithFault(
  sessions: SessionHost,
  cell: CellRequest,
  stage: string,
  beginFault: () => void,
): Promise<string | undefined> {
  const host = { sessions, timerResolutionUs: 5, crossOriginIsolated: true, softwareAdapter: true };
  const events: MeasureEvent[] = [];
  await measureCells(
    new AbortController().signal,
    host,
    {
      ...{ original: adding, variants: [{ id: 'endless', files: endless() }], cells: [cell], seed: 0, threads: 1 },
      ...{ freeDimensions: {}, budget: 'quick' },
    },
    (event) => {
      events.push(event);
      if (event.kind === 'progress' && event.progress.stage.startsWith(stage)) beginFault();
    },
  );
  expect(events.filter(({ kind }) => kind === 'cell' || kind === 'comparison')).toEqual([]);
  return events.flatMap((event) => (event.kind === 'failure' ? [event.failure.message] : [])).join(' ');
}

it('rejects the call of a worker that ends without an event, and continues with a new one', async () => {
  const workers: Worker[] = [];
  const idle = new IdleWorkers();
  const host = createWorkerHost(() => {
    const worker = startWorker();
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

it('tells of a cell whose worker is killed', async () => {
  const workers: Worker[] = [];
  const sessions = createWorkerHost(() => {
    const worker = startWorker();
    workers.push(worker);
    return sessionWorker(worker);
  });
  // The first one ran the reference.
  const kill = (): void => workers[1]!.terminate();
  expect(await measureWithFault(sessions, { variant: originalId, ep: 'wasm' }, 'Warming up', kill)).toBe(
    'The original failed to run on WASM. The worker of the session ended: the browser stopped it, probably out of memory. Close other tabs and try again.',
  );
});

it('tells of a cell whose run never ends', async () => {
  const patience = { ms: 60_000 };
  const sessions = createWorkerHost(() => sessionWorker(startWorker()), undefined, { patience });
  const hurry = (): void => void (patience.ms = 300);
  expect(await measureWithFault(sessions, { variant: 'endless', ep: 'wasm' }, 'Comparing outputs', hurry)).toBe(
    'The variant failed to run on WASM. The session did not respond for 0.3 seconds.',
  );
});

it('tells of a cell whose GPU device is destroyed', async () => {
  const channel = new BroadcastChannel('loseGpu');
  const sessions = createWorkerHost(() =>
    sessionWorker(new Worker(new URL('../testing/losing-gpu-worker.ts', import.meta.url), { type: 'module' })),
  );
  const lose = (): void => channel.postMessage('now');
  expect(await measureWithFault(sessions, { variant: originalId, ep: 'webgpu' }, 'Warming up', lose)).toMatch(
    /^The original failed to run on WebGPU: The GPU was lost during the run\./,
  );
  channel.close();
});
