/** The parts of WebGPU that are watched. */
interface WatchedRealm {
  readonly GPUDevice?: { readonly prototype: { createBuffer(asked: { readonly size: number }): object } };
  readonly GPUBuffer?: { readonly prototype: { destroy(): unknown } };
}

/**
 * Watches the buffers that the runtime makes on the GPU. Called before the runtime is loaded. A buffer counts until it is
 * destroyed; one that is only forgotten counts to the end.
 * @returns the most bytes that existed at once; `null` if there is no WebGPU.
 */
export function watchGpuBuffers(realm: WatchedRealm = globalThis as unknown as WatchedRealm): () => number | null {
  const device = realm.GPUDevice?.prototype;
  const buffer = realm.GPUBuffer?.prototype;
  if (device === undefined || buffer === undefined) return () => null;
  const { createBuffer } = device;
  const { destroy } = buffer;
  const sizes = new WeakMap<object, number>();
  let [bytes, mostBytes] = [0, 0];
  device.createBuffer = function (asked) {
    const made = createBuffer.call(this, asked);
    sizes.set(made, asked.size);
    bytes += asked.size;
    mostBytes = Math.max(mostBytes, bytes);
    return made;
  };
  buffer.destroy = function () {
    bytes -= sizes.get(this) ?? 0;
    sizes.delete(this);
    return destroy.call(this);
  };
  return () => mostBytes;
}
