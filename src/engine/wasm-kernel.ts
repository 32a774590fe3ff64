import { fromBase64Url } from './base64-url';
import { kernelCode } from './kernel-code';

let compiled: InstanceType<typeof WebAssembly.Module> | undefined;

/** An instance of `kernels/`, made at the first call, once for this realm. Each has a memory of its own. */
export function kernelOnce<Kernel>(): () => Kernel {
  let kernel: Kernel | undefined;
  return () => {
    compiled ??= new WebAssembly.Module(fromBase64Url(kernelCode)!);
    kernel ??= new WebAssembly.Instance(compiled).exports as unknown as Kernel;
    return kernel;
  };
}

const pageBytes = 2 ** 16;

/** Grows a memory to at least so many bytes; its contents are kept. */
export function growTo(memory: WebAssembly.Memory, bytes: number): void {
  const missing = bytes - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / pageBytes));
}
