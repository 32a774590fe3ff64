/** Loads onnxruntime-web in a browser's worker, each build only when its provider is asked for. */
import { installMethodCallers } from './method-callers';
import type { Ort } from './ort';
import type { SessionRealm } from './session';

/**
 * The realm never loads the entry without a name: its WebGPU gave wrong numbers without an error, see
 * docs/design/measuring.md.
 */
export const browserRealm: SessionRealm = {
  async loadOrt({ ep, threads, build }) {
    if (ep === 'native' || ep === 'compiled') throw new Error(`A browser has no runtime for ${ep}.`);
    const ort = ep === 'wasm' ? await loadWasmBuild() : await loadGpuBuild(build !== 'asyncify' && supportsJspi());
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

async function loadWasmBuild(): Promise<Ort> {
  const [ort, mjs, wasm] = await Promise.all([
    import('onnxruntime-web/wasm'),
    import('onnxruntime-web/ort-wasm-simd-threaded.mjs?url'),
    import('onnxruntime-web/ort-wasm-simd-threaded.wasm?url'),
  ]);
  return withPaths(ort, mjs.default, wasm.default);
}

/** WebGPU and WebNN. The build that uses the browser's promise integration is smaller by a third, and faster. */
async function loadGpuBuild(jspi: boolean): Promise<Ort> {
  installMethodCallers();
  if (!jspi) return loadAsyncifyBuild();
  const [ort, mjs, wasm] = await Promise.all([
    import('onnxruntime-web/jspi'),
    import('onnxruntime-web/ort-wasm-simd-threaded.jspi.mjs?url'),
    import('onnxruntime-web/ort-wasm-simd-threaded.jspi.wasm?url'),
  ]);
  return withPaths(ort, mjs.default, wasm.default);
}

/** The built page holds this build compressed (scripts/packed-runtime-plugin.mjs). */
async function loadAsyncifyBuild(): Promise<Ort> {
  const [ort, mjs, wasm] = await Promise.all([
    import('onnxruntime-web/webgpu'),
    import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.mjs?url'),
    import('onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'),
  ]);
  ort.env.wasm.wasmBinary = await unpacked(new URL(wasm.default, location.href));
  return withPaths(ort, mjs.default, wasm.default);
}

/** The bytes of a file that is compressed with gzip, or that is not: some servers unpack what they send. */
async function unpacked(address: URL): Promise<ArrayBuffer> {
  const response = await fetch(address);
  if (!response.ok) throw new Error(`The runtime could not be loaded: ${address.href} returned ${response.status}.`);
  const bytes = await response.arrayBuffer();
  const [first, second] = new Uint8Array(bytes, 0, Math.min(2, bytes.byteLength));
  if (first !== 0x1f || second !== 0x8b) return bytes;
  return new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'))).arrayBuffer();
}

function supportsJspi(): boolean {
  return 'Suspending' in WebAssembly;
}

/** Absolute: the threads of the runtime resolve them against another file. */
function withPaths(ort: Ort, mjs: string, wasm: string): Ort {
  ort.env.wasm.wasmPaths = { mjs: new URL(mjs, location.href).href, wasm: new URL(wasm, location.href).href };
  return ort;
}
