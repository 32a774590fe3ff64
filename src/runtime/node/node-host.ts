import { createRequire } from 'node:module';
import { join } from 'node:path';
import nodeEndpoint from 'comlink/dist/esm/node-adapter.mjs';
import { ParetoError } from '../../engine/errors';
import { formatProvider } from '../../engine/format';
import type { ExecutionProvider, ProviderAvailability } from '../../engine/metrics/cell';
import type { IdleWorkers } from '../session/idle-workers';
import type { SessionWorker } from '../session/live-worker';
import type { Ort } from '../session/ort';
import { WorkerSession, type SessionRealm } from '../session/session';
import {
  createWorkerHost,
  withOutputNames,
  type ChainHost,
  type HostedSession,
  type HostTurn,
} from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';
import { pathOfBlob } from './disk/blob-on-disk';
import { startSessionThread } from './own-files';

/** A person has installed it: it is no dependency, because it takes hundreds of megabytes. */
const packageName = 'onnxruntime-node';

interface SessionHere extends HostedSession {
  close(): Promise<void>;
}

/** A session in this thread. `take` runs each piece of its work. */
export async function openHere(
  signal: AbortSignal,
  spec: SessionSpec,
  realm: SessionRealm,
  take: <Value>(work: () => Promise<Value>) => Promise<Value> = (work) => work(),
): Promise<SessionHere> {
  signal.throwIfAborted();
  const session = new WorkerSession(realm);
  const opened = await take(() => session.open(spec));
  const unlessAborted = async <Value>(work: () => Value | Promise<Value>): Promise<Value> => {
    signal.throwIfAborted();
    return take(async () => work());
  };
  return {
    ...opened,
    feed: (feeds) => unlessAborted(() => session.feed(feeds)),
    run: (feeds) => unlessAborted(() => session.run(feeds)),
    readResident: () => unlessAborted(() => session.readResident()),
    time: (runs, leadRuns) => unlessAborted(() => session.time(runs, leadRuns)),
    timeEach: (feeds) => unlessAborted(() => session.timeEach(feeds)),
    profile: () => unlessAborted(() => session.profile()),
    trace: () => unlessAborted(() => session.trace()),
    heapBytes: () => unlessAborted(() => session.heapBytes()),
    gpuBufferBytes: () => unlessAborted(() => session.gpuBufferBytes()),
    close: () => take(() => session.release()),
  };
}

/**
 * The runtime computes in threads of its own. The process would end with a thread of Node that ends during a run. Throws
 * `runtime/no-native` if the package is not installed, and the runtime's own errors.
 */
async function openNativeSession(signal: AbortSignal, spec: SessionSpec): Promise<HostedSession> {
  const here = await openHere(signal, spec, { loadOrt: async () => loadNative(), recordOutput: () => [] });
  return {
    ...here,
    profile: async () => ({ placement: {}, operators: [], kernels: [] }),
    trace: async () => [],
    // A session that cannot be released is left to the garbage collector.
    close: () => void here.close().catch(() => undefined),
  };
}

/** Looks beside Pareto, then in the working folder. */
function loadNative(): Ort {
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    const require = createRequire(from);
    try {
      require.resolve(packageName);
    } catch {
      continue;
    }
    return require(packageName) as Ort;
  }
  throw new ParetoError('runtime/no-native', `${packageName} is not installed. Run: npm install ${packageName}`);
}

/** Sessions on the WASM provider, a thread of Node each, and sessions of the native runtime, in this thread. */
export function createNodeHost(idle?: IdleWorkers, turn?: HostTurn): ChainHost {
  const spawn = (): SessionWorker => {
    const thread = startSessionThread();
    let isEnding = false;
    return {
      endpoint: nodeEndpoint(thread),
      terminate() {
        isEnding = true;
        void thread.terminate();
      },
      onFailure(listener) {
        thread.on('error', (error) => listener(error.message));
        thread.on('exit', (code) => {
          if (!isEnding)
            listener(`exit code ${code}, probably out of memory. Try again with fewer threads or samples.`);
        });
      },
    };
  };
  const host = createWorkerHost(spawn, idle, { turn });
  return {
    ...host,
    async open(signal, spec) {
      if (spec.ep === 'native') return withOutputNames(await openNativeSession(signal, spec), spec.files);
      return host.open(signal, await sendable(spec));
    },
    availability,
  };
}

/** The thread opens files on the disk itself. A module is compiled from bytes in memory. */
async function sendable(spec: SessionSpec): Promise<SessionSpec> {
  const { model, externalData } = spec.files;
  const onDisk = [model, ...externalData.map(({ data }) => data)].map(pathOfBlob);
  if (onDisk.every((path) => path === undefined)) return spec;
  const isCompiled = spec.ep === 'compiled';
  const sent = async (blob: Blob): Promise<Blob> => {
    if (pathOfBlob(blob) === undefined) return blob;
    return isCompiled ? new Blob([await blob.arrayBuffer()]) : new Blob();
  };
  const data = externalData.map(async (file) => ({ ...file, data: await sent(file.data) }));
  const files = { ...spec.files, model: await sent(model), externalData: await Promise.all(data) };
  return { ...spec, files, ...(!isCompiled && { onDisk }) };
}

async function availability(ep: ExecutionProvider): Promise<ProviderAvailability> {
  if (ep === 'wasm' || ep === 'compiled') return { ep, available: true, reason: 'WebAssembly, in Node.' };
  return {
    ep,
    available: false,
    reason: `Node does not support ${formatProvider(ep)}. Use the page in a browser that does.`,
  };
}
