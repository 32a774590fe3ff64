/** Sessions of onnxruntime-node, which a person has installed: it is no dependency, because it takes hundreds of megabytes. */
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { ParetoError } from '../../engine/errors';
import type { Ort } from '../session/ort';
import { WorkerSession } from '../session/session';
import type { HostedSession } from '../session/session-host';
import type { SessionSpec } from '../session/session-spec';

const packageName = 'onnxruntime-node';

/**
 * The session runs in this thread, and the runtime computes in threads of its own. The process would end with a thread of Node that ends
 * during a run. Throws `runtime/no-native` if the package is not installed, and the runtime's own errors.
 */
export async function openNativeSession(signal: AbortSignal, spec: SessionSpec): Promise<HostedSession> {
  signal.throwIfAborted();
  const session = new WorkerSession({ loadOrt: async () => loadNative(), recordOutput: () => [] });
  const opened = await session.open(spec);
  const unlessAborted = async <Value>(work: () => Value | Promise<Value>): Promise<Value> => {
    signal.throwIfAborted();
    return work();
  };
  return {
    ...opened,
    feed: (feeds) => unlessAborted(() => session.feed(feeds)),
    run: (feeds) => unlessAborted(() => session.run(feeds)),
    readResident: () => unlessAborted(() => session.readResident()),
    time: (runs, leadRuns) => unlessAborted(() => session.time(runs, leadRuns)),
    timeEach: (feeds) => unlessAborted(() => session.timeEach(feeds)),
    profile: async () => ({ placement: {}, operators: [], kernels: [] }),
    trace: async () => [],
    heapBytes: async () => null,
    gpuBufferBytes: async () => null,
    // A session that cannot be released is left to the garbage collector.
    close: () => void session.release().catch(() => undefined),
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
