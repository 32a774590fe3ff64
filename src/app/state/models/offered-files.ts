/**
 * Files that reach the page without a choice in it: named in its address by `pareto studio`, shared with the installed
 * app, or opened with it by the system.
 */
import { ParetoError } from '../../../engine/errors';
import { notify } from '../window/app-store';
import { sentenceOf } from '../jobs/job-runner';
import { takeFiles } from './intake';

/** What the service worker keeps shared files under, see src/service-worker.ts. */
const sharedFiles = 'shared-files';

interface LaunchQueue {
  setConsumer(consumer: (launch: { readonly files: readonly FileSystemFileHandle[] }) => void): void;
}

/** Takes the files that wait, and those that come while the page is open. */
export async function takeOfferedFiles(): Promise<void> {
  const query = new URLSearchParams(location.search);
  // A reload continues the work instead of opening the files again.
  if (location.search !== '') history.replaceState(history.state, '', `${location.pathname}${location.hash}`);
  const { launchQueue } = globalThis as { launchQueue?: LaunchQueue };
  launchQueue?.setConsumer(({ files }) => void take(() => Promise.all(files.map((file) => file.getFile()))));
  const named = query.getAll('open');
  if (named.length > 0) await take(() => Promise.all(named.map(fetchOffered)));
  if (query.has('shared')) await take(takeShared);
}

async function take(read: () => Promise<readonly File[]>): Promise<void> {
  try {
    const files = await read();
    if (files.length > 0) await takeFiles(files);
  } catch (error) {
    notify(sentenceOf(error), { kind: 'problem' });
  }
}

/** Only from the folder in which `pareto studio` offers files: an address from elsewhere opens nothing. */
async function fetchOffered(name: string): Promise<File> {
  const folder = new URL('opened/', document.baseURI).href;
  const address = new URL(name, document.baseURI);
  if (!address.href.startsWith(folder)) {
    throw new ParetoError('open/elsewhere', `The address of this page names a file that it may not open: ${name}`);
  }
  const path = decodeURIComponent(address.pathname.slice(new URL(folder).pathname.length));
  // `no-store` keeps the service worker from storing it.
  const response = await fetch(address, { cache: 'no-store' });
  if (!response.ok) {
    throw new ParetoError('open/missing', `${path} is not offered any more. Run pareto studio again.`);
  }
  return placed(await response.blob(), path);
}

async function takeShared(): Promise<readonly File[]> {
  const cache = await caches.open(sharedFiles);
  const requests = await cache.keys();
  const files = await Promise.all(
    requests.map(async (request) => {
      const response = await cache.match(request);
      const name = decodeURIComponent(new URL(request.url).pathname.split('/').at(-1) ?? '');
      return placed(await (response ?? new Response()).blob(), name);
    }),
  );
  await caches.delete(sharedFiles);
  return files;
}

/** With its path, as the drop zone adds it. */
function placed(content: Blob, path: string): File {
  const file = new File([content], path.split('/').at(-1) ?? path);
  return Object.defineProperty(file, 'path', { value: path });
}
