/** Loads onnxruntime-web in a browser's worker, each build only when its provider is asked for. */
import type { ExecutionProvider } from '../engine/metrics/cell';
import type { Ort } from './ort';
import type { SessionRealm } from './session';

/** Never the entry without a name: its WebGPU gave wrong numbers without an error, see docs/benchmark-method.md. */
export const browserRealm: SessionRealm = {
  async loadOrt(ep, threads) {
    const ort = ep === 'wasm' ? await loadWasmBuild() : await loadGpuBuild();
    ort.env.wasm.numThreads = threads;
    return ort;
  },

  recordOutput() {
    const lines: string[] = [];
    const record = (...parts: unknown[]) => void lines.push(...parts.map(String).join(' ').split('\n'));
    for (const level of ['log', 'info', 'debug', 'warn', 'error'] as const) console[level] = record;
    return lines;
  },
};

export type OrtBuild = 'wasm' | 'jspi' | 'asyncify';

/** Which build a provider is measured with: part of the evidence. */
export function ortBuildFor(ep: ExecutionProvider): OrtBuild {
  if (ep === 'wasm') return 'wasm';
  return supportsJspi() ? 'jspi' : 'asyncify';
}

async function loadWasmBuild(): Promise<Ort> {
  const [ort, mjs, wasm] = await Promise.all([
    import('onnxruntime-web/wasm'),
    import('onnxruntime-web/ort-wasm-simd-threaded.mjs?url'),
    import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
  ]);
  return withPaths(ort, mjs.default, wasm.default);
}

/** WebGPU and WebNN. With promise integration in the browser the build is smaller by a third. */
async function loadGpuBuild(): Promise<Ort> {
  const [ort, mjs, wasm] = supportsJspi()
    ? await Promise.all([
        import('onnxruntime-web/jspi'),
        import('onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url'),
        import('onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'),
      ])
    : await Promise.all([
        import('onnxruntime-web/webgpu'),
        import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'),
        import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'),
      ]);
  return withPaths(ort, mjs.default, wasm.default);
}

function supportsJspi(): boolean {
  return 'Suspending' in WebAssembly;
}

/** Absolute: the threads of the runtime resolve them against another file. */
function withPaths(ort: Ort, mjs: string, wasm: string): Ort {
  ort.env.wasm.wasmPaths = { mjs: new URL(mjs, location.href).href, wasm: new URL(wasm, location.href).href };
  return ort;
}
