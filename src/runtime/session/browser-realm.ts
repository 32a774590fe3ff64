/** Loads onnxruntime-web in a browser's worker, each build only when its provider is asked for. */
import type { Ort } from './ort';
import type { SessionRealm } from './session';

type Callable = (...values: unknown[]) => unknown;

/** The functions that the text may call, by the names that it uses. */
interface Captured {
  readonly toValue: (handle: number) => unknown;
  readonly getStringOrSymbol?: (name: number) => PropertyKey;
  readonly toReturnWire?: Callable;
  readonly emval_returnValue?: (toReturnWire: Callable, destructors: number, value: unknown) => unknown;
  readonly argumentReaders: readonly ((pointer: number) => unknown)[];
}

/** Each argument takes this many bytes where C++ lays them down. */
const argumentBytes = 8;
const knownForm = /^return function \(handle, methodName, destructorsRef, args\) \{/;

/**
 * onnxruntime-web's builds for WebGPU and WebNN make the functions with which C++ calls JavaScript from text, with
 * `new Function`. The page's content security policy forbids that, rightly. All of these texts are of one form (the
 * method callers of Emscripten's embind), so what they say can be done without evaluating text.
 * Makes `new Function` do so in this realm, and leaves every other use of it unchanged.
 */
export function installMethodCallers(): void {
  globalThis.Function = new Proxy(Function, {
    construct(target, parameters, newTarget) {
      const [names, text] = parameters as [unknown, unknown];
      if (Array.isArray(names) && typeof text === 'string' && knownForm.test(text)) {
        return (...values: unknown[]) => createMethodCaller(text, capture(names as string[], values));
      }
      return Reflect.construct(target, parameters, newTarget) as object;
    },
  });
}

function capture(names: readonly string[], values: readonly unknown[]): Captured {
  const named = names.map((name, index) => [name, values[index]] as const);
  const argumentReaders = named.filter(([name]) => name.startsWith('argFromPtr')).map(([, reader]) => reader);
  return { ...Object.fromEntries(named), argumentReaders } as unknown as Captured;
}

/** `text` only tells which of four kinds it is: construct, call a method, call a function, or convert a value. */
function createMethodCaller(text: string, captured: Captured) {
  const invoke = invocationOf(text, captured);
  const { toReturnWire, emval_returnValue: returnValue, argumentReaders } = captured;
  return (handle: number, methodName: number, destructors: number, pointer: number): unknown => {
    const values = argumentReaders.map((read, index) => read(pointer + index * argumentBytes));
    const result = invoke(handle, methodName, values);
    return toReturnWire && returnValue ? returnValue(toReturnWire, destructors, result) : undefined;
  };
}

function invocationOf(
  text: string,
  { toValue, getStringOrSymbol }: Captured,
): (handle: number, methodName: number, values: readonly unknown[]) => unknown {
  if (text.includes('new (toValue(handle))')) {
    return (handle, _, values) => Reflect.construct(toValue(handle) as new () => object, values);
  }
  if (getStringOrSymbol !== undefined) {
    return (handle, methodName, values) => {
      const target = toValue(handle) as Record<PropertyKey, Callable>;
      return target[getStringOrSymbol(methodName)]!(...values);
    };
  }
  if (text.includes('toValue(handle)')) return (handle, _, values) => (toValue(handle) as Callable)(...values);
  return (_handle, _name, values) => values.at(-1);
}

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
