/**
 * Keeps the compiled runtime while a process of tests lives. V8 shares the code of a module among the threads of a
 * process as long as one of them holds it. Otherwise each session compiles its own, which takes half of the time of a
 * short one. It also sets flags against optimizations of V8 that pay only in longer sessions.
 */
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import path from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { flagsOfShortSessions } from '../node/test-browser.mjs';

declare global {
  var paretoKeptRuntime: Promise<WebAssembly.Module> | undefined;
}

for (const flag of flagsOfShortSessions) setFlagsFromString(flag);

const entry = createRequire(import.meta.url).resolve('onnxruntime-web');

globalThis.paretoKeptRuntime ??= readFile(path.join(path.dirname(entry), 'ort-wasm-simd-threaded.wasm')).then((bytes) =>
  WebAssembly.compile(bytes),
);
