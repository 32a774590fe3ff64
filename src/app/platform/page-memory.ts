interface MeasuringPerformance {
  readonly measureUserAgentSpecificMemory?: () => Promise<{ readonly bytes: number }>;
}

/** Browsers wait for the next garbage collection, at most 20 s. */
const longestMs = 25_000;

/** Returns the bytes of this page and its workers, as the browser counts them. `null` if it does not. */
export async function measurePageMemory(
  { measureUserAgentSpecificMemory: measure }: MeasuringPerformance = performance as MeasuringPerformance,
): Promise<number | null> {
  if (measure === undefined) return null;
  const timeOut = new Promise<null>((resolve) => setTimeout(() => resolve(null), longestMs));
  try {
    return await Promise.race([measure.call(performance).then(({ bytes }) => bytes), timeOut]);
  } catch {
    // A page that is not isolated, or a browser that shares its process with other pages.
    return null;
  }
}
