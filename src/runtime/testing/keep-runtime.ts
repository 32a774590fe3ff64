/**
 * Keeps the compiled runtime while a process of tests lives. V8 shares the code of a module among the threads of a process
 * as long as one of them holds it; otherwise each session compiles its own, which takes half of the time of a short one. Nor is it compiled
 * once more for sessions that end before that pays.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { latelyOptimized } from '../../../scripts/test-browser.mjs';

declare global {
  var paretoKeptRuntime: Promise<WebAssembly.Module> | undefined;
}

setFlagsFromString(latelyOptimized);

const entry = createRequire(import.meta.url).resolve('onnxruntime-web');

globalThis.paretoKeptRuntime ??= readFile(path.join(path.dirname(entry), 'ort-wasm-simd-threaded.wasm')).then((bytes) =>
  WebAssembly.compile(bytes),
);
