interface MeasuringPerformance {
  readonly measureUserAgentSpecificMemory?: () => Promise<{ readonly bytes: number }>;
  /** Only in Chromium. */
  readonly memory?: { readonly usedJSHeapSize: number };
}

export interface PageMemory {
  readonly bytes: number;
  /** `page`: the page with its workers. `scripts`: the JavaScript heap of the page, without workers and WASM. */
  readonly of: 'page' | 'scripts';
}

/** Browsers wait for the next garbage collection, at most 20 s. */
const longestMs = 25_000;

/**
 * Returns the memory of this page as the browser counts it. A browser that refuses to count all of it may still know
 * its JavaScript heap. `null` if it has neither.
 */
export async function measurePageMemory(
  measuring: MeasuringPerformance = performance as MeasuringPerformance,
): Promise<PageMemory | null> {
  const bytes = await measureAll(measuring);
  if (bytes !== null) return { bytes, of: 'page' };
  const { memory } = measuring;
  return memory === undefined ? null : { bytes: memory.usedJSHeapSize, of: 'scripts' };
}

async function measureAll({ measureUserAgentSpecificMemory: measure }: MeasuringPerformance): Promise<number | null> {
  if (measure === undefined) return null;
  const timeOut = new Promise<null>((resolve) => setTimeout(() => resolve(null), longestMs));
  try {
    return await Promise.race([measure.call(performance).then(({ bytes }) => bytes), timeOut]);
  } catch {
    // A page that is not isolated, or a browser that shares its process with other pages.
    return null;
  }
}
