/**
 * Ships the largest build of onnxruntime-web compressed, because free hosts take no file above 25 MiB. Browsers with
 * WebGPU but without WebAssembly.Suspending need it. `src/runtime/session/browser-realm.ts` unpacks it.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const packed = 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url';
const cache = fileURLToPath(new URL('../node_modules/.cache/packed-runtime', import.meta.url));

/** @returns {import('vite').Plugin} */
export function packedRuntime() {
  return {
    name: 'packed-runtime',
    apply: 'build',
    enforce: 'pre',
    resolveId(id) {
      if (id !== packed) return null;
      const source = fileURLToPath(import.meta.resolve(packed.replace(/\?url$/, '')));
      return `${packOnce(source)}?url`;
    },
  };
}

/** @param {string} source */
function packOnce(source) {
  const bytes = readFileSync(source);
  const folder = path.join(cache, createHash('sha256').update(bytes).digest('hex').slice(0, 16));
  // No server takes this ending for an encoding that it has to name.
  const file = path.join(folder, `${path.basename(source, '.wasm')}.packed`);
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true });
    const unfinished = `${file}.${process.pid}`;
    writeFileSync(unfinished, gzipSync(bytes, { level: 9 }));
    renameSync(unfinished, file);
  }
  return file;
}
