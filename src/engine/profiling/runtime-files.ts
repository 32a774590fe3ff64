/**
 * Sizes in bytes of the files that a page loads of onnxruntime-web, by build. Each file has its plain size, and those
 * after gzip (level 6) and Brotli (level 5). Written by `node scripts/write-runtime-files.mjs`.
 */
export const runtimeFiles = {
  version: '1.30.0',
  builds: {
    wasm: [
      {
        name: 'ort.wasm.bundle.min.mjs',
        sha256: '11e64bd8ffe11bd1a2a2f0d6275fdfbbba7262f0b76b99b53d228a8a22ef3d90',
        plain: 73054,
        gzip: 24630,
        brotli: 23498,
      },
      {
        name: 'ort-wasm-simd-threaded.wasm',
        sha256: '3398c10d07d229bd91b364548e130e0e51a8e5704b88c7c083ebbeb78842dee2',
        plain: 14239897,
        gzip: 3695884,
        brotli: 2825020,
      },
    ],
    jspi: [
      {
        name: 'ort.jspi.bundle.min.mjs',
        sha256: '07ec090355e11b342c95436db54da2d0c2bd5b1d319745bfd3337e6bdcf170ac',
        plain: 115872,
        gzip: 38451,
        brotli: 36421,
      },
      {
        name: 'ort-wasm-simd-threaded.jspi.wasm',
        sha256: 'a54c76f86b0f0d9572380cf1c6292a7b3903716ffcbcd6b0e5c7050bf430eb93',
        plain: 16758545,
        gzip: 4146194,
        brotli: 3220399,
      },
    ],
    asyncify: [
      {
        name: 'ort.webgpu.bundle.min.mjs',
        sha256: '0730816731ce2cdfb06f273da065d4a1c7091eb9d1756a83b2916c8a89d015e2',
        plain: 117732,
        gzip: 39328,
        brotli: 37155,
      },
      {
        name: 'ort-wasm-simd-threaded.asyncify.wasm',
        sha256: '39f9f0894d478800487ed9f7dbe92618498db320cf55c8e3d89adff8dce658da',
        plain: 26781914,
        gzip: 6673531,
        brotli: 4943773,
      },
    ],
  },
};
