/**
 * Watches how much memory the runtime takes: it makes its heap itself and gives nobody a way to it. Called before the runtime is
 * loaded; memory of an earlier session of the same worker is not seen.
 * @returns bytes of the largest heap that was made since; `null` while none was.
 */
export function watchMemory(): () => number | null {
  const memories: WebAssembly.Memory[] = [];
  const Original = WebAssembly.Memory;
  WebAssembly.Memory = new Proxy(Original, {
    construct(target, given: [WebAssembly.MemoryDescriptor]) {
      const memory = new target(...given);
      memories.push(memory);
      return memory;
    },
  });
  return () => {
    const sizes = memories.map(({ buffer }) => buffer.byteLength);
    return sizes.length === 0 ? null : Math.max(...sizes);
  };
}
