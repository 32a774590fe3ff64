import { describe, expect, it } from 'vitest';
import { sortBuildFiles } from './service-worker-plugin.mjs';

describe('files of the build', () => {
  it('separates the runtimes and omits files that the page never requests', () => {
    const files = [
      '_headers',
      'assets/bench-d4.js',
      'assets/index-a1.js',
      'assets/ort-wasm-simd-threaded-b2.wasm',
      'assets/ort-wasm-simd-threaded.asyncify-e5.packed',
      'assets/ort-wasm-simd-threaded.jspi-c3.mjs',
      'bench.html',
      'icon.svg',
      'index.html',
      'manifest-of-chunks.json',
      'samples/NOTICE.md',
      'samples/data.npz',
      'samples/model.onnx',
      'samples/samples.json',
      'service-worker.js',
    ];
    expect(sortBuildFiles(files)).toEqual({
      shell: ['assets/index-a1.js', 'icon.svg', 'samples/samples.json'],
      runtimes: [
        'assets/ort-wasm-simd-threaded-b2.wasm',
        'assets/ort-wasm-simd-threaded.asyncify-e5.packed',
        'assets/ort-wasm-simd-threaded.jspi-c3.mjs',
      ],
    });
  });
});
