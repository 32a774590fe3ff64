// The entry of a thread. Node 20 reads no TypeScript, so the thread loads the bundle of its source, and makes it if need
// be. If it cannot make one, it registers tsx, with which the thread takes several times as long to start.
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { workerData } from 'node:worker_threads';
import { bundleSource } from './bundle.mjs';

const root = path.resolve(fileURLToPath(import.meta.url), '../../../..');
try {
  await import(await bundleSource(root, workerData.source, workerData.sources));
} catch {
  // The sources themselves say what is wrong with them.
  const { register } = await import('tsx/esm/api');
  register();
  await import(pathToFileURL(path.join(root, workerData.source)).href);
}
