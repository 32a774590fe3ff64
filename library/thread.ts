/** The thread of calls of the entry for Node, one call at a time. */
import { parentPort } from 'node:worker_threads';
import { outcomeOf } from '../src/engine/errors';
import type { Progress } from '../src/engine/progress';
import { defaultNodeThreads, detectNodeDevice } from '../src/runtime/node/node-device';
import { createNodeHost } from '../src/runtime/node/node-host';
import { createNodePictureDecoder } from '../src/runtime/node/node-picture-decoder';
import { createRecipeHost } from '../src/runtime/node/recipe-host';
import type { MessageFromThread, MessageToThread } from './calls';
import { diskFiles } from './disk-files';
import type { LibraryPlatform } from './host';
import { compareModels, inspectModel } from './look';
import type { OptimizeResult, SearchOutcome } from './types';
import { benchmarkModel, compileModule, evaluateModel, optimizeModel, searchModel } from './run';

/** Often enough for a smooth bar. Training steps take less than a millisecond. */
const progressIntervalMs = 50;

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
    files: diskFiles,
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

/** The memory of a model that was made. It is moved, because a copy would block the calling thread. */
function madeIn(value: unknown): readonly ArrayBuffer[] {
  const { best, model, externalData = {} } = value as Partial<OptimizeResult & SearchOutcome>;
  if (best) return madeIn(best);
  if (!(model instanceof Uint8Array)) return [];
  return [model, ...Object.values(externalData)].map(({ buffer }) => buffer as ArrayBuffer);
}

function thinned(report: (progress: Progress) => void): (progress: Progress) => void {
  let last = { stage: '', atMs: -Infinity };
  return (progress) => {
    const { stage, done, total } = progress;
    const atMs = performance.now();
    if (done < total && stage === last.stage && atMs - last.atMs < progressIntervalMs) return;
    last = { stage, atMs };
    report(progress);
  };
}
