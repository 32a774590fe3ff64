/** Finds the providers of this device by real requests. Works in a worker. */
import { messageOf } from '../../engine/errors';
import type { Device, ExecutionProvider, ProviderAvailability } from '../../engine/metrics/cell';
import { endSentence, formatCounted } from '../../engine/format';
import { defaultThreads } from './default-threads';

/** The part of WebNN (https://www.w3.org/TR/webnn/) that the probe needs: no package of types follows it closely yet. */
type WebnnDeviceType = 'cpu' | 'gpu' | 'npu';

interface WebnnContext {
  destroy?(): void;
  opSupportLimits?(): unknown;
}

interface NavigatorWithWebnn {
  readonly ml?: { createContext(options: { readonly deviceType: WebnnDeviceType }): Promise<WebnnContext> };
}

/** A driver may never answer. On a busy machine, the browser takes seconds to start its process for the GPU. */
const patienceMs = 15_000;

type WebgpuAdapter = NonNullable<Device['webgpu']>;

export interface ProbedProviders {
  readonly providers: readonly ProviderAvailability[];
  readonly webgpu: WebgpuAdapter | null;
}

/** True if threads can share memory. WebKitGTK has no SharedArrayBuffer in isolated pages either. */
export function sharesMemory(): boolean {
  return crossOriginIsolated && typeof SharedArrayBuffer !== 'undefined';
}

/** The number of threads of sessions in this browser. No driver is asked for it. */
export function browserThreads(): number {
  return defaultThreads(navigator.hardwareConcurrency, sharesMemory());
}

export async function probeProviders(): Promise<ProbedProviders> {
  const [gpu, ...webnn] = await Promise.all([
    probeWebgpu(),
    ...(['cpu', 'gpu', 'npu'] as const).map((deviceType) => probeWebnn(deviceType)),
  ]);
  const hasGpu = gpu.adapter !== null && !gpu.adapter.software;
  const providers = [probeWasm(), probeCompiled(), gpu.availability, ...withoutCopies(webnn, hasGpu)];
  return { providers, webgpu: gpu.adapter };
}

/** One of them. */
export async function probeProvider(ep: ExecutionProvider): Promise<ProviderAvailability> {
  if (ep === 'wasm') return probeWasm();
  if (ep === 'compiled') return probeCompiled();
  if (ep === 'webgpu') return (await probeWebgpu()).availability;
  const { limits: _unused, ...found } = await probeWebnn(ep.slice('webnn-'.length) as WebnnDeviceType);
  return found;
}

/** The adapter of WebGPU. `null` if there is none, or the driver does not answer. */
export async function findWebgpuAdapter(): Promise<WebgpuAdapter | null> {
  return (await probeWebgpu()).adapter;
}

function probeWasm(): ProviderAvailability {
  if (typeof WebAssembly === 'undefined') {
    return absent('wasm', 'This browser does not support WebAssembly. Use a current Chrome, Edge, Firefox or Safari.');
  }
  return { ep: 'wasm', available: true, reason: wasmSentence() };
}

/** (module (func (param v128) (result v128) local.get 0)): SIMD, which every build of a compiled module has. */
const simdModule = [0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 96, 1, 123, 1, 123, 3, 2, 1, 0, 10, 6, 1, 4, 0, 32, 0, 11];

function probeCompiled(): ProviderAvailability {
  if (typeof WebAssembly === 'undefined' || !WebAssembly.validate(Uint8Array.from(simdModule))) {
    return absent('compiled', 'This browser has no WebAssembly SIMD. Use a current Chrome, Edge, Firefox or Safari.');
  }
  return { ep: 'compiled', available: true, reason: 'A WebAssembly module without a runtime, on one thread.' };
}

function wasmSentence(): string {
  if (!crossOriginIsolated) {
    return 'WebAssembly with one thread, because the page is not cross-origin isolated. Serve it with the headers Cross-Origin-Opener-Policy: same-origin and Cross-Origin-Embedder-Policy: require-corp for threads and a finer clock.';
  }
  if (!sharesMemory()) return 'WebAssembly with one thread, because this browser has no SharedArrayBuffer.';
  return `WebAssembly with ${formatCounted(browserThreads(), 'thread')}. This browser reports ${formatCounted(navigator.hardwareConcurrency, 'core')}.`;
}

const whereOffered = 'only to pages over HTTPS or on localhost.';

async function probeWebgpu(): Promise<{ availability: ProviderAvailability; adapter: WebgpuAdapter | null }> {
  const without = (reason: string) => ({ availability: absent('webgpu', reason), adapter: null });
  if (!('gpu' in navigator) || !navigator.gpu) {
    const browsers =
      'This browser has no WebGPU. Use Chrome or Edge 113 or newer, Safari 26, or Firefox 141 on Windows.';
    return without(isSecureContext ? browsers : `Browsers offer WebGPU ${whereOffered}`);
  }
  try {
    const found = await withPatience(navigator.gpu.requestAdapter());
    if (!found) {
      return without(
        'WebGPU found no GPU adapter. Turn on hardware acceleration in the browser settings and update the graphics driver.',
      );
    }
    const adapter = inspectAdapter(found);
    return { availability: { ep: 'webgpu', available: true, reason: adapterSentence(adapter) }, adapter };
  } catch (error) {
    return without(`WebGPU found no adapter: ${sentenceOf(error)} Restart the browser and try again.`);
  }
}

function inspectAdapter(adapter: GPUAdapter): WebgpuAdapter {
  const { vendor, architecture, description, isFallbackAdapter } = adapter.info;
  return {
    vendor,
    architecture,
    description,
    f16: adapter.features.has('shader-f16'),
    software: isFallbackAdapter === true || /swiftshader|llvmpipe|basic render/i.test(`${architecture} ${description}`),
  };
}

function adapterSentence({ vendor, architecture, description, f16, software }: WebgpuAdapter): string {
  const name = description || [vendor, architecture].filter((part) => part !== '').join(' ') || 'an unnamed adapter';
  const precision = f16 ? 'with float16' : 'without float16, so float16 models cannot run';
  return software
    ? `WebGPU in software (${name}), ${precision}. Its times do not represent a real GPU.`
    : `WebGPU on ${name}, ${precision}.`;
}

interface ProbedWebnn extends ProviderAvailability {
  /** The limits of its context, as text; absent if the browser does not report them. */
  readonly limits?: string;
}

/**
 * Removes providers that repeat WebNN on the CPU. Without a GPU, the browser's CPU serves the GPU and the NPU types
 * too, so all have the same limits, and one measurement is enough.
 */
export function withoutCopies(webnn: readonly ProbedWebnn[], hasGpu: boolean): readonly ProviderAvailability[] {
  const cpu = webnn.find(({ ep, available }) => ep === 'webnn-cpu' && available);
  return webnn.map(({ limits, ...one }) => {
    const isCopy = one.available && one.ep !== 'webnn-cpu' && limits !== undefined && limits === cpu?.limits;
    return isCopy && !hasGpu
      ? absent(one.ep, 'The CPU computes this here, so it is measured as WebNN on the CPU.')
      : one;
  });
}

async function probeWebnn(deviceType: WebnnDeviceType): Promise<ProbedWebnn> {
  const ep: ExecutionProvider = `webnn-${deviceType}`;
  const { ml } = navigator as NavigatorWithWebnn;
  if (ml === undefined) {
    const flag =
      'This browser has no WebNN. In Chrome or Edge, turn it on at chrome://flags under "Enables WebNN API".';
    return absent(ep, isSecureContext ? flag : `Browsers offer WebNN ${whereOffered}`);
  }
  try {
    const context = await withPatience(ml.createContext({ deviceType }));
    const limits = context.opSupportLimits?.();
    context.destroy?.();
    const reason = webnnSentence(deviceType);
    return { ep, available: true, reason, ...(limits !== undefined && { limits: JSON.stringify(limits) }) };
  } catch (error) {
    return absent(
      ep,
      `WebNN has no context for the ${deviceType.toUpperCase()}: ${sentenceOf(error)} This depends on the operating system and the driver. Try another device type.`,
    );
  }
}

function webnnSentence(deviceType: WebnnDeviceType): string {
  if (deviceType === 'cpu') return 'WebNN runs on the CPU.';
  // One sentence, so that it is read once.
  return 'GPU or NPU work may still run elsewhere: browsers do not report it.';
}

function absent(ep: ExecutionProvider, reason: string): ProviderAvailability {
  return { ep, available: false, reason };
}

async function withPatience<Value>(promise: Promise<Value>): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const timeout = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no response within ${patienceMs / 1000} seconds.`)), patienceMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}

function sentenceOf(error: unknown): string {
  return endSentence(messageOf(error));
}
