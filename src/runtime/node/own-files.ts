/**
 * Paths of files that the runtime opens, for sources in a checkout of Pareto. `packed-files.ts` replaces this module in
 * the npm package.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { ParetoError } from '../../engine/errors';
import { fingerprint } from './bundle.mjs';

const decoderFiles = {
  jpeg: '@jsquash/jpeg/codec/dec/mozjpeg_dec.wasm',
  webp: '@jsquash/webp/codec/dec/webp_dec.wasm',
} as const;

let sources: string | undefined;

/** The fingerprint is computed once for each process, because it takes longer than the rest of starting a thread. */
function knownSources(): string | undefined {
  try {
    return (sources ??= fingerprint(path.resolve(fileURLToPath(import.meta.url), '../../../..')));
  } catch {
    // The thread runs the sources directly.
    return undefined;
  }
}

const startThread = (source: string): Worker =>
  new Worker(new URL('./start-thread.mjs', import.meta.url), { workerData: { source, sources: knownSources() } });

/** Starts the thread of one session. */
export const startSessionThread = (): Worker => startThread('src/runtime/node/session-thread.ts');

/** Starts the thread of a call of the library. */
export const startLibraryThread = (): Worker => startThread('library/thread.ts');

/** The path of the WASM that decodes pictures of a format. */
export function decoderFile(format: keyof typeof decoderFiles): string {
  return createRequire(import.meta.url).resolve(decoderFiles[format]);
}

/** The folder of the built page. Throws `studio/not-built` when there is none. */
export function pageFolder(): string {
  const folder = fileURLToPath(new URL('../../../dist', import.meta.url));
  if (existsSync(`${folder}/index.html`)) return folder;
  throw new ParetoError('studio/not-built', 'The page is not built. Run: npm run build');
}

/** A file that the folder of the page lacks: none, in a checkout. */
export function runtimeFileOf(_pathname: string): string | undefined {
  return undefined;
}

/** The folder of the built page, which `--browser` measures in. Throws `browser/not-built` when there is none. */
export function builtPage(): string {
  const folder = fileURLToPath(new URL('../../../dist', import.meta.url));
  if (existsSync(`${folder}/bench.html`)) return folder;
  throw new ParetoError('browser/not-built', 'The app is not built, but --browser needs it. Run: npm run build');
}
