/** The thread of calls of the entry for Node, one call at a time. */
import { basename } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { outcomeOf } from '../src/engine/errors';
import { hashSource } from '../src/engine/files/hash-source';
import { assertModelFile } from '../src/engine/onnx/codec/recognize';
import { thinned } from '../src/runtime/jobs/call';
import { findDataFiles } from '../src/runtime/node/disk/data-files';
import {
  modelOnDisk,
  openFromDisk,
  openSource,
  readModelFiles,
  withName,
} from '../src/runtime/node/disk/model-from-disk';
import { defaultNodeThreads, detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { createNodePictureDecoder } from '../src/runtime/node/node-picture-decoder';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import type { MessageFromThread, MessageToThread } from './calls';
import type { LibraryPlatform, ModelPlatform } from './host';
import { compareModels, inspectModel } from './look';
import type { OptimizeResult, SearchOutcome } from './types';
import { benchmarkModel, compileModule, evaluateModel, optimizeModel, searchModel } from './run';

const handlers = {
  inspect: inspectModel,
  optimize: optimizeModel,
  search: searchModel,
  evaluate: evaluateModel,
  benchmark: benchmarkModel,
  compile: compileModule,
  diff: compareModels,
} as const;

if (parentPort === null) throw new Error('This file is the entry of a worker thread.');
const port = parentPort;
const send = (message: MessageFromThread): void => port.postMessage(message);
let begin = (): void => undefined;

port.on('message', (message: MessageToThread) => {
  if (message.kind === 'turn') return begin();
  const handler = handlers[message.name] as (...given: unknown[]) => Promise<unknown>;
  void answer(() => handler(...message.given, createPlatform()));
});

async function answer(work: () => Promise<unknown>): Promise<void> {
  const outcome = await outcomeOf(work);
  port.postMessage({ kind: 'settled', outcome } satisfies MessageFromThread, outcome.ok ? madeIn(outcome.value) : []);
}

function createPlatform(): LibraryPlatform {
  // A call that is stopped ends with its thread.
  const { inference: _ofRecipes, ...host } = createRecipeHost(new AbortController().signal);
  return {
    ...host,
    files: { openModel, openData: findDataFiles },
    progress: thinned((progress) => send({ kind: 'progress', progress })),
    decoder: createNodePictureDecoder(),
    openSessions: createNodeHost,
    threads: defaultNodeThreads(),
    detectDevice: () => Promise.resolve(detectNodeDevice()),
    detectTimedDevice: () => Promise.resolve(detectNodeDevice()),
    async exclusively(_signal, job) {
      const begun = new Promise<void>((resolve) => (begin = resolve));
      send({ kind: 'measure' });
      await begun;
      try {
        return await job();
      } finally {
        send({ kind: 'measured' });
      }
    },
  };
}

const openModel: NonNullable<ModelPlatform['files']>['openModel'] = async (path, host, dimensions) => {
  const source = openSource(path);
  withName(path, () => assertModelFile(source, path));
  const { paths, ...opened } = openFromDisk(path, { source, sha256: await hashSource(source, host), dimensions });
  return { name: basename(path), opened, files: () => readModelFiles(modelOnDisk(paths)) };
};

/** The memory of a model that was made. It is moved, because a copy would block the calling thread. */
function madeIn(value: unknown): readonly ArrayBuffer[] {
  const { best, model, externalData = {} } = value as Partial<OptimizeResult & SearchOutcome>;
  if (best) return madeIn(best);
  if (!(model instanceof Uint8Array)) return [];
  return [model, ...Object.values(externalData)].map(({ buffer }) => buffer as ArrayBuffer);
}
