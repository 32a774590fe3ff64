/**
 * `node scripts/write-runtime-files.mjs`: measures the files that a page loads of the installed onnxruntime-web, as they are and compressed,
 * and writes `src/engine/profiling/runtime-files.ts`. A test compares version and hashes with the installed package.
 */
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';
import { formatted } from './markdown.mjs';
import { root } from './preparation.mjs';

export const runtimeFilesFile = path.join(root, 'src', 'engine', 'profiling', 'runtime-files.ts');

const packageFolder = path.join(root, 'node_modules', 'onnxruntime-web');

const brotliQuality = { params: { [constants.BROTLI_PARAM_QUALITY]: 5 } };

/** The script that a page bundles, with the loader inside, and the WebAssembly that it fetches. */
const filesOfBuilds = {
  wasm: ['ort.wasm.bundle.min.mjs', 'ort-wasm-simd-threaded.wasm'],
  jspi: ['ort.jspi.bundle.min.mjs', 'ort-wasm-simd-threaded.jspi.wasm'],
  asyncify: ['ort.webgpu.bundle.min.mjs', 'ort-wasm-simd-threaded.asyncify.wasm'],
};

/** @param {string} name */
export const runtimeFile = (name) => readFileSync(path.join(packageFolder, 'dist', name));

/** Version and files of the installed package, without compressed sizes. */
export function installedRuntime() {
  const { version } = JSON.parse(readFileSync(path.join(packageFolder, 'package.json'), 'utf8'));
  const builds = Object.entries(filesOfBuilds).map(([build, names]) => [build, names.map(describeFile)]);
  return { version, builds: Object.fromEntries(builds) };
}

/** @param {string} name */
function describeFile(name) {
  const bytes = runtimeFile(name);
  return { name, sha256: createHash('sha256').update(bytes).digest('hex'), plain: bytes.length };
}

/** Levels that web servers use which compress on request, as for models (`runtime/node/transfer-bytes.ts`). @param {Buffer} bytes */
export function compressedSizes(bytes) {
  return { gzip: gzipSync(bytes, { level: 6 }).length, brotli: brotliCompressSync(bytes, brotliQuality).length };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { version, builds } = installedRuntime();
  for (const files of Object.values(builds)) {
    for (const file of files) Object.assign(file, compressedSizes(runtimeFile(file.name)));
  }
  const comment =
    '/**\n * Sizes in bytes of the files that a page loads of onnxruntime-web, by build: as they are, after gzip (level 6) and after Brotli\n' +
    ' * (level 5). Written by `node scripts/write-runtime-files.mjs`.\n */\n';
  const source = `${comment}export const runtimeFiles = ${JSON.stringify({ version, builds })};\n`;
  writeFileSync(runtimeFilesFile, await formatted(source, 'typescript'));
}
