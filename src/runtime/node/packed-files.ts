/** The files of `own-files.ts` as they lie in the npm package, beside the module that this one is bundled into. */
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ParetoError } from '../../engine/errors';
import type * as ownFiles from './own-files';

const decoderFiles = { jpeg: './mozjpeg_dec.wasm', webp: './webp_dec.wasm' } as const;

export const startSessionThread: typeof ownFiles.startSessionThread = () =>
  new Worker(new URL('./session-thread.js', import.meta.url));

export const decoderFile: typeof ownFiles.decoderFile = (format) =>
  fileURLToPath(new URL(decoderFiles[format], import.meta.url));

/** The page is no part of the package. */
export const builtPage: typeof ownFiles.builtPage = () => {
  throw new ParetoError(
    'browser/not-packed',
    'The npm package does not contain the page that --browser measures in. Use a checkout of Pareto, or open its page.',
  );
};
