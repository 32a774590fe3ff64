/** The files of `own-files.ts` as they lie in the npm package, beside the module that this one is bundled into. */
import { fileURLToPath } from 'node:url';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { ParetoError } from '../../engine/errors';
import type * as ownFiles from './own-files';

const decoderFiles = { jpeg: './mozjpeg_dec.wasm', webp: './webp_dec.wasm' } as const;

export const startSessionThread: typeof ownFiles.startSessionThread = () =>
  new Worker(new URL('./session-thread.js', import.meta.url));

export const startLibraryThread: typeof ownFiles.startLibraryThread = () =>
  new Worker(new URL('./library-thread.js', import.meta.url));

export const decoderFile: typeof ownFiles.decoderFile = (format) =>
  fileURLToPath(new URL(decoderFiles[format], import.meta.url));

export const pageFolder: typeof ownFiles.pageFolder = () => fileURLToPath(new URL('./page', import.meta.url));

/** The package holds the page without the builds of onnxruntime-web, which npm installs beside it. */
export const runtimeFileOf: typeof ownFiles.runtimeFileOf = (pathname) => {
  const [, build] = /^\/assets\/(ort-wasm-simd-threaded(?:\.\w+)?)-[\w-]{8}\.(?:wasm|packed)$/.exec(pathname) ?? [];
  return build === undefined ? undefined : createRequire(import.meta.url).resolve(`onnxruntime-web/${build}.wasm`);
};

/** The page that measures is no part of the package. */
export const builtPage: typeof ownFiles.builtPage = () => {
  throw new ParetoError(
    'browser/not-packed',
    'The npm package does not contain the page that --browser measures in. Use a checkout of Pareto, or open its page.',
  );
};
