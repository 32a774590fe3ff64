import type { Ort } from '../session/ort';

/**
 * onnxruntime-web's build for Node: the same WASM file as in the browser, with the plain provider only. The entry
 * `onnxruntime-web/wasm` would do the same with one thread; with more it tries to fetch its own file URL and fails.
 * The number of threads is read once per realm, so only the first call decides it.
 */
export async function loadOrtInNode(threads: number): Promise<Ort> {
  const ort = await import('onnxruntime-web');
  ort.env.wasm.numThreads = threads;
  return ort;
}
