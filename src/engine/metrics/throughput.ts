/** Samples per second when a batch of `batch` samples takes `latencyMs`. */
export function samplesPerSecond(batch: number, latencyMs: number): number {
  return (batch * 1000) / latencyMs;
}
