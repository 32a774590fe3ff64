import { createWorkerHost, type SessionHost } from './session-host';

/** Sessions in workers of the browser: one each, ended afterwards. */
export function createBrowserHost(): SessionHost {
  return createWorkerHost(() => {
    const worker = new Worker(new URL('../../workers/session.ts', import.meta.url), { type: 'module' });
    return {
      endpoint: worker,
      terminate: () => worker.terminate(),
      onFailure(listener) {
        worker.addEventListener('error', (event) => listener(event.message || 'it could not be started.'));
        worker.addEventListener('messageerror', () => listener('a message could not be read.'));
      },
    };
  });
}
