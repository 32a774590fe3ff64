/**
 * Lets Pareto start offline after the first visit, and work there with the files that were used before. The page is
 * requested from the network first, so that a new version appears at once. Every other file comes from the cache of its
 * version.
 */
const worker = globalThis as unknown as ServiceWorkerGlobalScope;

export interface BuildFiles {
  /** Changes with every build, and gives the cache its name. */
  readonly version: string;
  /** The files that the application needs to start and work, relative to this script. */
  readonly shell: readonly string[];
  /** The builds of onnxruntime-web: large, and each browser needs only some of them. */
  readonly runtimes: readonly string[];
}

/** Filled in by the build (service-worker-plugin). */
declare const BUILD_FILES: BuildFiles;

const { version, shell, runtimes } = BUILD_FILES;
const cacheName = `pareto-${version}`;
const page = new URL('./', worker.location.href).href;
const sharing = new URL('./share', worker.location.href).href;
/** The page takes them out, see src/app/state/models/offered-files.ts. */
const sharedFiles = 'shared-files';
const assets = new URL('./assets/', worker.location.href).href;

worker.addEventListener('install', (event) => {
  event.waitUntil(store(['./', ...shell]).then(() => worker.skipWaiting()));
});

worker.addEventListener('activate', (event) => {
  event.waitUntil(takeOver());
});

worker.addEventListener('fetch', (event) => {
  const { request } = event;
  if (request.method === 'POST' && request.url === sharing) event.respondWith(keepShared(request));
  if (request.method !== 'GET' || new URL(request.url).origin !== worker.location.origin) return;
  // Files of the person, which `pareto studio` offers, are no part of the application.
  if (request.cache === 'no-store') return;
  event.respondWith(answer(request).then(withIsolation));
});

/** A runtime is stored when it is first used. All of them, tens of megabytes, are for a person who asks to work offline. */
worker.addEventListener('message', (event) => {
  const [port] = event.ports;
  if (event.data !== 'store-runtimes' || port === undefined) return;
  const stored = store(runtimes.filter(fitsThisBrowser));
  event.waitUntil(
    stored.then(
      () => port.postMessage(null),
      (error: unknown) => port.postMessage(error instanceof Error ? error.message : String(error)),
    ),
  );
});

async function takeOver(): Promise<void> {
  await worker.clients.claim();
  await keepRuntimes();
  const names = await caches.keys();
  const outdated = names.filter((name) => name.startsWith('pareto-') && name !== cacheName);
  await Promise.all(outdated.map((name) => caches.delete(name)));
}

/** Runtimes seldom change from one version to the next, so files that an earlier version stored are kept. */
async function keepRuntimes(): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const file of runtimes) {
    const url = new URL(file, worker.location.href).href;
    const stored = await caches.match(url);
    if (stored !== undefined) await cache.put(url, stored).catch(ignoreFullStorage);
  }
}

/**
 * Stores the files that are not stored yet. A hashed file that an earlier version had is copied rather than loaded
 * again.
 */
async function store(files: readonly string[]): Promise<void> {
  const cache = await caches.open(cacheName);
  for (const file of files) {
    const url = new URL(file, worker.location.href).href;
    if (await cache.match(url)) continue;
    const known = url.startsWith(assets) ? await caches.match(url) : undefined;
    const response = known ?? (await fetch(url, { cache: 'no-cache' }));
    if (!response.ok) throw new Error(`${url} answered with ${response.status}.`);
    await cache.put(url, response);
  }
}

/** onnxruntime-web has one WebGPU build for browsers that can suspend WebAssembly, and one for the others. */
function fitsThisBrowser(file: string): boolean {
  const suspends = 'Suspending' in WebAssembly;
  if (file.includes('.jspi')) return suspends;
  if (file.includes('.asyncify')) return !suspends;
  return true;
}

/** Files that another app shares come in a form. The page that opens next takes them. */
async function keepShared(request: Request): Promise<Response> {
  const files = (await request.formData()).getAll('models').filter((entry) => entry instanceof File);
  const cache = await caches.open(sharedFiles);
  for (const [index, file] of files.entries()) {
    await cache.put(new URL(`./shared/${index}/${encodeURIComponent(file.name)}`, page), new Response(file));
  }
  return Response.redirect(new URL('./?shared', page), 303);
}

async function answer(request: Request): Promise<Response> {
  const cache = await caches.open(cacheName);
  if (request.mode === 'navigate') return pageFromNetwork(cache, request);
  const stored = await cache.match(request);
  if (stored !== undefined) return stored;
  const response = await fetch(request);
  // A part of a file (206) may not be stored, nor a refusal.
  if (response.status === 200) await cache.put(request, response.clone()).catch(ignoreFullStorage);
  return response;
}

async function pageFromNetwork(cache: Cache, request: Request): Promise<Response> {
  try {
    return await fetch(request);
  } catch (error) {
    const stored = await cache.match(page);
    if (stored === undefined) throw error;
    return stored;
  }
}

/** The file was delivered; that it cannot be kept for the next time is no reason to fail. */
function ignoreFullStorage(): void {}

/** Hosts that cannot send headers get the two that threads and the exact timer need; they hold from the second load on. */
function withIsolation(response: Response): Response {
  if (response.type === 'opaque' || response.type === 'error' || response.headers.has('Cross-Origin-Embedder-Policy')) {
    return response;
  }
  const headers = new Headers(response.headers);
  headers.set('Cross-Origin-Opener-Policy', 'same-origin');
  headers.set('Cross-Origin-Embedder-Policy', 'require-corp');
  headers.set('Cross-Origin-Resource-Policy', 'same-origin');
  const empty = response.status === 204 || response.status === 304;
  return new Response(empty ? null : response.body, {
    status: response.status,
    statusText: response.statusText,
    headers,
  });
}
