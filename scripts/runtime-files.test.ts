import { expect, it } from 'vitest';
import { runtimeFiles } from '../src/engine/profiling/runtime-files.ts';
import { compressedSizes, installedRuntime, runtimeFile } from './write-runtime-files.mjs';

it('describes the installed onnxruntime-web', () => {
  // On a difference: node scripts/write-runtime-files.mjs
  const known = Object.entries(runtimeFiles.builds).map(([build, files]) => [
    build,
    files.map(({ name, sha256, plain }) => ({ name, sha256, plain })),
  ]);
  expect({ version: runtimeFiles.version, builds: Object.fromEntries(known) }).toEqual(installedRuntime());
});

it('holds the compressed sizes of these files', () => {
  // The large ones take a minute: equal hashes have equal sizes.
  const { name, gzip, brotli } = runtimeFiles.builds.wasm[0]!;
  expect(compressedSizes(runtimeFile(name))).toEqual({ gzip, brotli });
  for (const { plain, ...compressed } of Object.values(runtimeFiles.builds).flat()) {
    expect(compressed.gzip).toBeLessThan(plain);
    expect(compressed.brotli).toBeLessThan(compressed.gzip);
  }
});
