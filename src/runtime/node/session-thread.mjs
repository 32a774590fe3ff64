// The entry of a session's thread. Node 20 reads no TypeScript, so the thread loads the bundle, and makes it if need
// be. If it cannot make one, it registers tsx, with which the thread takes several times as long to start.
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { workerData } from 'node:worker_threads';
import { bundleSource } from './bundle.mjs';

try {
  const root = path.resolve(fileURLToPath(import.meta.url), '../../../..');
  await import(await bundleSource(root, 'src/runtime/node/session-thread.ts', workerData.sources));
} catch {
  // The sources themselves say what is wrong with them.
  const { register } = await import('tsx/esm/api');
  register();
  await import('./session-thread.ts');
}
